"""What is sent to knowledge bases over HTTP, and what they answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from trunkline_qa.knowledge.background import UpdateState
from trunkline_qa.knowledge.documents import MOST_ID, Item
from trunkline_qa.knowledge.records import Kind
from trunkline_qa.knowledge.search import MOST_QUESTION, MOST_RESULTS, Hit, Mode
from trunkline_qa.knowledge.status import BaseStatus
from trunkline_qa.knowledge.store import MOST_ITEMS

_DOCUMENT = {
    "id": "terms/refunds.md",
    "title": "Refunds",
    "text": "Parcels that are lost are refunded within five days. Others are sent again.",
}
_PAIR = {"kind": "faq", "id": "faq-17", "question": "How do I change my address?", "answer": "Under My account."}


def _shown(**example: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})


class BaseEntry(BaseModel):
    """One base of the list."""

    name: str
    documents: int
    faq_pairs: int
    passages: int


class BaseList(BaseModel):
    """All knowledge bases, in the order of their names."""

    object: Literal["list"] = "list"
    data: list[BaseEntry]


class BaseDetail(BaseStatus):
    """One base, and what the server is doing about its vectors."""

    updating: UpdateState


class PutDocuments(BaseModel):
    """A batch: all of it is stored, or nothing."""

    model_config = _shown(documents=[_DOCUMENT, _PAIR])

    documents: list[Item] = Field(min_length=1, max_length=MOST_ITEMS)


class PutDone(BaseModel):
    """The batch is stored and found by its words; vectors follow."""

    model_config = _shown(added=2, changed=0, unchanged=0)

    added: int
    changed: int
    unchanged: int


class DocumentEntry(BaseModel):
    """A document or FAQ pair without its text."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: Kind
    title: str | None
    source: str | None
    characters: int
    passages: int
    updated_at: datetime


class DocumentList(BaseModel):
    """Documents and FAQ pairs in the order of their ids."""

    object: Literal["list"] = "list"
    data: list[DocumentEntry]
    next: str | None = Field(description="give it as `after` to read on; null: these were the last")


class DeleteDocuments(BaseModel):
    """Which documents and FAQ pairs are to go."""

    model_config = _shown(ids=["terms/refunds.md", "faq-17"])

    ids: list[str] = Field(min_length=1, max_length=MOST_ITEMS)


class DocumentsDeleted(BaseModel):
    """How many there were."""

    deleted: int


class BaseDeleted(BaseModel):
    """The base that is gone."""

    deleted: str


class SearchRequest(BaseModel):
    """What passages are looked for."""

    model_config = _shown(query="When is my parcel refunded?", limit=5)

    query: str = Field(pattern=r"\S", max_length=MOST_QUESTION)
    limit: int = Field(10, ge=1, le=MOST_RESULTS)
    mode: Mode = Field(
        "hybrid",
        description="bm25: by words; vectors: by meaning; hybrid: by both, fused by reciprocal rank, or by words "
        "alone where vectors cannot be used",
    )
    kind: Kind | None = Field(None, description="only documents, or only FAQ pairs")


class FoundPassage(BaseModel):
    """A passage, and why it stands where it stands; `text` is `document[start:end]`."""

    document: str = Field(max_length=MOST_ID, description="the id of the document or FAQ pair")
    kind: Kind
    title: str | None
    start: int
    end: int
    text: str
    answer: str | None = Field(description="of an FAQ pair, whose question `text` is")
    score: float = Field(description="the higher the better; scores of different modes do not compare")
    bm25_rank: int | None
    vector_rank: int | None
    similarity: float | None = Field(description="the cosine of the vectors, where there are some")

    @classmethod
    def of(cls, hit: Hit) -> FoundPassage:
        passage = hit.passage
        return cls(
            document=passage.document_id,
            kind=passage.kind,
            title=passage.title,
            start=passage.start,
            end=passage.end,
            text=passage.text,
            answer=passage.answer,
            score=hit.score,
            bm25_rank=hit.bm25_rank,
            vector_rank=hit.vector_rank,
            similarity=hit.similarity,
        )


class SearchResponse(BaseModel):
    """The best passages, best first."""

    mode: Mode = Field(description="that was searched by: bm25 where hybrid was wanted and there are no vectors")
    note: str | None = Field(description="what is wrong with the vectors, and the remedy; null: nothing")
    passages: list[FoundPassage]
