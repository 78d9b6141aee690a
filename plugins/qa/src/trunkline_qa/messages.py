"""Requests and responses, validated."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from trunkline import TaskRequest, TaskResponse

_QUESTION = "When is my parcel refunded?"
_CONTEXT = "Parcels that are lost are refunded within five days. Others are sent again."
MOST_ANSWERS = 20


class QARequest(TaskRequest):
    """A question, and a text that may answer it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"question": _QUESTION, "context": _CONTEXT}]}
    )

    read_field: ClassVar[str] = "context"
    asked_field: ClassVar[str] = "question"

    question: str = Field(pattern=r"\S", description="what is asked")
    context: str = Field(pattern=r"\S", description="where the answer is looked for; offsets count its code points")
    top_k: int = Field(1, ge=1, le=MOST_ANSWERS, description="how many answers are given, best first; none overlaps")
    threshold: float | None = Field(
        None, ge=0, le=1, description="answers that score less are left out; default: the version's own threshold"
    )


class FoundAnswer(BaseModel):
    """A span of the context; `context[start:end]` is its text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    start: int = Field(description="first code point in the context")
    end: int = Field(description="the code point after the last")
    score: float = Field(description="how much likelier than no answer, 0 to 1; at 0.5 both are level")


class QAResponse(TaskResponse):
    """The best answers, best first; none where the context has none."""

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

    answer: str | None = Field(description="the best answer's text; null where the context has none")
    answers: list[FoundAnswer]
