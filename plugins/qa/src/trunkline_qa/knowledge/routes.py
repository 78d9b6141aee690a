"""Knowledge bases over HTTP, under `/v1/qa/knowledge-bases`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Path, Query

from trunkline import Conflict, Inference, NotFound
from trunkline_qa.knowledge.background import Updates
from trunkline_qa.knowledge.bases import PLUGIN, KnowledgeBase, KnowledgeBases, bases_in
from trunkline_qa.knowledge.documents import MOST_ID, Document, FAQPair
from trunkline_qa.knowledge.embedding import TASK
from trunkline_qa.knowledge.messages import (
    BaseDeleted,
    BaseDetail,
    BaseEntry,
    BaseList,
    DeleteDocuments,
    DocumentEntry,
    DocumentList,
    DocumentsDeleted,
    FoundPassage,
    PutDocuments,
    PutDone,
    SearchRequest,
    SearchResponse,
)
from trunkline_qa.knowledge.preferences import Preferences
from trunkline_qa.knowledge.search import search
from trunkline_qa.knowledge.states import StatesStatus, check_reader, states
from trunkline_qa.knowledge.status import status
from trunkline_qa.messages import KNOWLEDGE_BASE

MOST_LISTED = 1_000
BaseName = Annotated[str, Path(pattern=KNOWLEDGE_BASE, examples=["support"])]
DocumentId = Annotated[str, Path(min_length=1, max_length=MOST_ID, examples=["terms/refunds.md"])]
ROOT = "/qa/knowledge-bases"


class Endpoints:
    """What each route does. Those that wait for the disk alone run on threads."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self.updates = Updates(inference)

    @property
    def bases(self) -> KnowledgeBases:
        return bases_in(self._inference.data_folder(PLUGIN))

    def list_bases(self) -> BaseList:
        """List the knowledge bases."""
        entries = []
        for name in self.bases.names():
            with suppress(NotFound):  # deleted since
                counts = self.bases.open(name).store.counts()
                entries.append(
                    BaseEntry(
                        name=name,
                        documents=counts.documents,
                        faq_pairs=counts.faq_pairs,
                        passages=counts.passages,
                    )
                )
        return BaseList(data=entries)

    def put_base(self, name: BaseName, settings: Preferences) -> BaseDetail:
        """Make an empty base, or change settings of the one that is there; those left out stay."""
        if settings.trunk is not None:
            self._inference.trunk_info(settings.trunk)
        if settings.model is not None:
            self._inference.version_info(TASK, settings.model)
        if settings.reader is not None:
            check_reader(self._inference, settings.reader)
        base, _ = self.bases.set(name, settings.model_dump(exclude_unset=True))
        if settings.reader is not None:
            self.updates.wake(base)
        return self._detail(base)

    def show_base(self, name: BaseName) -> BaseDetail:
        """Tell what a base holds, and whether its vectors are as its settings say."""
        base = self.bases.open(name)
        self.updates.wake_once(base)
        return self._detail(base)

    def delete_base(self, name: BaseName) -> BaseDeleted:
        """Delete a base with everything in it."""
        self.bases.delete(name)
        return BaseDeleted(deleted=name)

    def put_documents(self, name: BaseName, batch: PutDocuments) -> PutDone:
        """Add or replace a batch by its ids; it is durable when this is answered. Vectors follow in the background."""
        base = self.bases.open(name)
        report = base.store.put(batch.documents)
        self.updates.wake(base)
        return PutDone(added=report.added, changed=report.changed, unchanged=report.unchanged)

    def list_documents(
        self,
        name: BaseName,
        after: Annotated[str | None, Query(max_length=MOST_ID, description="an id: those behind it")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100,
    ) -> DocumentList:
        """List documents and FAQ pairs by id, a page at a time."""
        found = self.bases.open(name).store.documents(after, limit + 1)
        data = [DocumentEntry.model_validate(one) for one in found[:limit]]
        return DocumentList(data=data, next=data[-1].id if len(found) > limit else None)

    def show_document(self, name: BaseName, document_id: DocumentId) -> Document | FAQPair:
        """Give a document or FAQ pair as it was put."""
        return self.bases.open(name).store.document(document_id)

    def delete_document(self, name: BaseName, document_id: DocumentId) -> DocumentsDeleted:
        """Delete one document or FAQ pair."""
        base = self.bases.open(name)
        if not base.store.delete([document_id]):
            raise NotFound(f"the knowledge base {name!r} has no such document: GET .../documents lists those it has")
        return DocumentsDeleted(deleted=1)

    def delete_documents(self, name: BaseName, which: DeleteDocuments) -> DocumentsDeleted:
        """Delete those of a list that are there."""
        return DocumentsDeleted(deleted=self.bases.open(name).store.delete(which.ids))

    def rebuild(self, name: BaseName) -> BaseDetail:
        """Begin to make all vectors anew; the old ones are searched until that is done."""
        base = self.bases.open(name)
        if not base.preferences().vectors:
            raise Conflict(f"{name!r} keeps no vectors: set `vectors` to true first")
        self.updates.wake(base, rebuild=True)
        return self._detail(base)

    async def search_base(self, name: BaseName, wanted: SearchRequest) -> SearchResponse:
        """Find the passages that fit a question best."""
        base = await asyncio.to_thread(self.bases.open, name)
        self.updates.wake_once(base)
        query, hits = await search(base, self._inference, wanted.query, wanted.limit, wanted.mode, wanted.kind)
        return SearchResponse(mode=query.mode, note=query.note, passages=[FoundPassage.of(hit) for hit in hits])

    async def show_states(self, name: BaseName) -> StatesStatus:
        """Tell what the trunk's states of the passages take, kept and missing; takes a while on large bases."""
        return await states(await asyncio.to_thread(self.bases.open, name), self._inference)

    def _detail(self, base: KnowledgeBase) -> BaseDetail:
        told = status(base, self._inference)
        return BaseDetail(**dict(told), updating=self.updates.state(base))


def add_routes(router: APIRouter, inference: Inference) -> None:
    """Add the routes to the platform's router."""
    ends = Endpoints(inference)
    one, documents = f"{ROOT}/{{name}}", f"{ROOT}/{{name}}/documents"
    for method, path, endpoint, summary, code in (
        ("GET", ROOT, ends.list_bases, "Knowledge bases", 200),
        ("PUT", one, ends.put_base, "Make a knowledge base, or change its settings", 200),
        ("GET", one, ends.show_base, "One knowledge base", 200),
        ("DELETE", one, ends.delete_base, "Delete a knowledge base", 200),
        ("PUT", documents, ends.put_documents, "Add or replace documents and FAQ pairs", 200),
        ("GET", documents, ends.list_documents, "Documents and FAQ pairs", 200),
        ("POST", f"{documents}/delete", ends.delete_documents, "Delete several documents", 200),
        ("GET", f"{documents}/{{document_id:path}}", ends.show_document, "One document", 200),
        ("DELETE", f"{documents}/{{document_id:path}}", ends.delete_document, "Delete a document", 200),
        ("POST", f"{one}/rebuild", ends.rebuild, "Make all vectors anew, in the background", 202),
        ("GET", f"{one}/states", ends.show_states, "States that are kept of the passages", 200),
        ("POST", f"{one}/search", ends.search_base, "Search passages", 200),
    ):
        router.add_api_route(
            path, endpoint, methods=[method], summary=summary, status_code=code, tags=["knowledge bases"]
        )
