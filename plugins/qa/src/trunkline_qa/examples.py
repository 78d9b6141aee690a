"""Labelled rows and the options of tuning, validated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from trunkline import HeadOptions

MOST_WORDS = 1000


class GoldAnswer(BaseModel):
    """One right answer: a part of the context."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    text: str = Field(pattern=r"\S")
    start: int = Field(ge=0, alias="answer_start")

    @property
    def end(self) -> int:
        return self.start + len(self.text)


class QAExample(BaseModel):
    """A question, a context, and the answers that are right; without one, the context has no answer."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    question: str = Field(pattern=r"\S")
    context: str
    answers: list[GoldAnswer]
    id: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _in_columns(cls, row: Any) -> Any:
        """Take answers as `datasets` keeps them too: {text: [...], answer_start: [...]}."""
        if not isinstance(row, dict) or not isinstance(row.get("answers"), dict):
            return row
        texts, starts = row["answers"].get("text"), row["answers"].get("answer_start", row["answers"].get("start"))
        if not _is_list(texts) or not _is_list(starts) or len(texts) != len(starts):
            raise ValueError("answers: a list of `text` and one of as many `answer_start` are wanted")
        pairs = zip(texts, starts, strict=True)
        return {**row, "answers": [{"text": text, "answer_start": start} for text, start in pairs]}

    @model_validator(mode="after")
    def _stand_in_the_context(self) -> QAExample:
        for index, answer in enumerate(self.answers):
            found = self.context[answer.start : answer.end]
            if found != answer.text:
                raise ValueError(
                    f"answers.{index}: the context has {_short(found)} at {answer.start}, not {_short(answer.text)}"
                )
        return self

    @property
    def texts(self) -> tuple[str, ...]:
        """The right answers' texts."""
        return tuple(answer.text for answer in self.answers)


class QAOptions(HeadOptions):
    """What a user may choose when tuning."""

    dropout: float = Field(0.1, ge=0, lt=1, description="share of the states' values dropped while training")
    max_answer_words: int | None = Field(
        None, ge=1, le=MOST_WORDS, description="words of an answer at most; default: of the longest in training"
    )


def _is_list(value: Any) -> bool:
    """Tell a list, or an array as columns have them, from a text or a number."""
    return hasattr(value, "__len__") and not isinstance(value, str | bytes | Mapping)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}...")
