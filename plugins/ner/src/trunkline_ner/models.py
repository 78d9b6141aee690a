"""Requests, responses, labelled rows and options, validated."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

from pydantic import BaseModel, ConfigDict, Field, model_validator

from trunkline import HeadOptions, TaskRequest, TaskResponse
from trunkline_ner.metrics import Spans
from trunkline_ner.text import trimmed

_TEXT = "Ada Lovelace met Babbage in London."


class NerRequest(TaskRequest):
    """A text to find entities in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": _TEXT}]})

    text: str = Field(description="what to read; offsets in the answer count its Unicode code points")
    min_score: float = Field(0.0, ge=0, le=1, description="entities that score less are left out")


class Entity(BaseModel):
    """A span of the request's text with its label; `text[start:end]` is the span."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: int = Field(description="first code point")
    end: int = Field(description="the code point after the last")
    label: str
    text: str
    score: float = Field(description="mean probability of the tags of the span's words, 0 to 1")


class NerResponse(TaskResponse):
    """The entities of a text, in order, without overlap."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": "ner/people@1",
                    "entities": [{"start": 0, "end": 12, "label": "person", "text": "Ada Lovelace", "score": 0.98}],
                }
            ]
        }
    )

    entities: list[Entity]

    @cached_property
    def spans(self) -> Spans:
        """The entities as scoring compares them; kept, since a thousand resamples ask."""
        return frozenset((entity.start, entity.end, entity.label) for entity in self.entities)


class LabelledSpan(BaseModel):
    """An entity of a labelled row."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    start: int = Field(ge=0)
    end: int
    label: str = Field(pattern=r"\S")

    @model_validator(mode="after")
    def _is_not_empty(self) -> LabelledSpan:
        if self.end <= self.start:
            raise ValueError(f"end: {self.end} is not behind the start, {self.start}")
        return self


class NerExample(BaseModel):
    """A text with its entities; spans lose white space at their edges, and are put in order."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    text: str
    entities: list[LabelledSpan]

    @model_validator(mode="after")
    def _spans_fit(self) -> NerExample:
        fitted = [self._fitted(index, entity) for index, entity in enumerate(self.entities)]
        order = sorted(range(len(fitted)), key=lambda index: (fitted[index].start, fitted[index].end))
        for before, after in pairwise(order):
            if fitted[after].start < fitted[before].end:
                shown = _shown(self.entities[after]), _shown(self.entities[before])
                raise ValueError(f"entities.{after}: {shown[0]} overlaps entities.{before}, {shown[1]}")
        self.entities[:] = [fitted[index] for index in order]
        return self

    def _fitted(self, index: int, entity: LabelledSpan) -> LabelledSpan:
        """Give the entity without white space at its edges. Raises `ValueError` where it is not in the text."""
        if entity.end > len(self.text):
            raise ValueError(f"entities.{index}.end: {entity.end} lies behind the text's {len(self.text)} characters")
        start, end = trimmed(self.text, entity.start, entity.end)
        if start == end:
            raise ValueError(f"entities.{index}: {_shown(entity)} is nothing but white space")
        return entity.model_copy(update={"start": start, "end": end})

    @cached_property
    def spans(self) -> Spans:
        """The entities as scoring compares them."""
        return frozenset((entity.start, entity.end, entity.label) for entity in self.entities)


class NerOptions(HeadOptions):
    """What a user may choose when tuning."""

    dropout: float = Field(0.1, ge=0, lt=1, description="share of the states' values dropped while training")


def _shown(entity: LabelledSpan) -> str:
    return f"{entity.start} to {entity.end} ({entity.label})"
