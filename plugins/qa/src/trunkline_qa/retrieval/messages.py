"""Requests and responses, validated."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from trunkline import TaskRequest, TaskResponse
from trunkline_qa.retrieval.vector import Vector

_QUERY = "my parcel never came"
_TEXTS: list[Any] = [
    "Refunds take five days.",
    "A parcel that is lost is sent again.",
    "We are open from nine to five.",
]
MOST_TEXTS = 1000
NAME = r"^[a-z0-9][a-z0-9._-]{0,63}$"


class RetrievalRequest(TaskRequest):
    """A query, and what is ranked for it: texts of the request's own, or a knowledge base."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"query": _QUERY, "texts": _TEXTS}]})

    read_field: ClassVar[str] = "query"
    asked_field: ClassVar[str] = "query"

    query: str = Field(pattern=r"\S", description="what is looked for, in words or as an item's own text")
    texts: list[str] | None = Field(
        None, min_length=1, max_length=MOST_TEXTS, description="the texts to rank; or name a knowledge base"
    )
    knowledge_base: str | None = Field(
        None, pattern=NAME, description="name of the knowledge base to rank, in place of texts"
    )
    top_k: int = Field(10, ge=1, le=MOST_TEXTS, description="how many texts are given, best first")
    vectors: bool = Field(False, description="give the vectors of the query and of the texts given, too")

    @field_validator("texts")
    @classmethod
    def _none_is_blank(cls, texts: list[str] | None) -> list[str] | None:
        for index, text in enumerate(texts or ()):
            if not text.strip():
                raise ValueError(f"text {index} is blank: leave it out")
        return texts

    @model_validator(mode="after")
    def _ranks_one_thing(self) -> Self:
        if (self.texts is None) == (self.knowledge_base is None):
            raise ValueError("give either texts or the name of a knowledge_base")
        return self


class RankedText(BaseModel):
    """A text of the request; `texts[index]` is it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    index: int = Field(description="its place in the request's texts, from 0")
    text: str
    score: float = Field(description="cosine of its vector and the query's, -1 to 1")


class Vectors(BaseModel):
    """Vectors of length 1: the product of two is their texts' score."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    query: Vector
    texts: list[Vector] = Field(description="those of the results, in their order")


_RESULTS: list[Any] = [
    {"index": 1, "text": _TEXTS[1], "score": 0.71},
    {"index": 0, "text": _TEXTS[0], "score": 0.38},
    {"index": 2, "text": _TEXTS[2], "score": 0.05},
]


class RetrievalResponse(TaskResponse):
    """The texts, best first."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"model": "retrieval/desk@1", "results": _RESULTS, "vectors": None}]},
    )

    results: list[RankedText]
    vectors: Vectors | None = Field(None, description="where the request asks for them")


class PooledResponse(RetrievalResponse):
    """What a query came to among all texts of the data it is measured on; its result is the best of them."""

    ranks: tuple[int, ...] = Field(exclude=True)  # of the query's right texts, from 1, ascending; none: not measured
    pool: int = Field(exclude=True)  # how many texts there were
    share: float = Field(exclude=True)  # of the query that the row stands for: 1 / rows of that query
