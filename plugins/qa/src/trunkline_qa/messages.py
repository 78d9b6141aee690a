"""Requests and responses, validated."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from trunkline import TaskRequest, TaskResponse

_QUESTION = "When is my parcel refunded?"
_CONTEXT = "Parcels that are lost are refunded within five days. Others are sent again."
MOST_ANSWERS = 20
MOST_PASSAGES = 50
KNOWLEDGE_BASE = r"^[a-z0-9][a-z0-9._-]{0,63}$"


def _left_out(value: Any) -> bool:
    return value is None


class QARequest(TaskRequest):
    """A question, and a text or a knowledge base that may answer it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"question": _QUESTION, "context": _CONTEXT},
                {"question": _QUESTION, "knowledge_base": "support"},
            ]
        },
    )

    read_field: ClassVar[str] = "context"
    asked_field: ClassVar[str] = "question"

    question: str = Field(pattern=r"\S", description="what is asked")
    knowledge_base: str | None = Field(
        None, pattern=KNOWLEDGE_BASE, description="where the answer is looked for, instead of in a context"
    )
    context: str | None = Field(
        None,
        pattern=r"\S",
        validate_default=True,
        description="where the answer is looked for; offsets count its code points",
    )
    passages: int = Field(
        5, ge=1, le=MOST_PASSAGES, description="how many passages of the knowledge base are read, the best found"
    )
    top_k: int = Field(1, ge=1, le=MOST_ANSWERS, description="how many answers are given, best first; none overlaps")
    threshold: float | None = Field(
        None, ge=0, le=1, description="answers that score less are left out; default: the version's own threshold"
    )

    @field_validator("context")
    @classmethod
    def _one_place(cls, context: str | None, info: ValidationInfo) -> str | None:
        if "knowledge_base" in info.data and (context is None) == (info.data["knowledge_base"] is None):
            raise ValueError("the answer is looked for in a context or in a knowledge_base: give exactly one of them")
        return context


class FoundIn(BaseModel):
    """Where in a knowledge base an answer stands."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(description="the document's, or the FAQ pair's")
    title: str | None
    start: int = Field(description="the answer's first code point in the document's text, or in the pair's answer")
    end: int = Field(description="the code point after its last")
    passage: str = Field(description="what was found: a part of the document, or the stored question")
    passage_start: int = Field(description="the passage's first code point in the document's text; 0 in a pair")


class FoundAnswer(BaseModel):
    """A span of the context, or of a passage; `context[start:end]` is its text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    start: int = Field(description="first code point in the context, in the passage that was read, or in the FAQ")
    end: int = Field(description="the code point after the last")
    score: float = Field(
        description="how much likelier than no answer, 0 to 1; at 0.5 both are level; of an FAQ pair: how like the "
        "question its own is"
    )
    kind: Literal["document", "faq"] | None = Field(
        None, exclude_if=_left_out, description="what of a knowledge base it is; an FAQ pair's answer is given whole"
    )
    document: FoundIn | None = Field(None, exclude_if=_left_out, description="where in the knowledge base it stands")


class QAResponse(TaskResponse):
    """The best answers, best first; none where there is none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "model": "qa/desk@1",
                    "answer": "within five days",
                    "answers": [{"text": "within five days", "start": 35, "end": 51, "score": 0.93}],
                }
            ]
        },
    )

    answer: str | None = Field(description="the best answer's text; null where there is none")
    answers: list[FoundAnswer]
    note: str | None = Field(
        None, exclude_if=_left_out, description="why a knowledge base was not searched as it should be, and the remedy"
    )
