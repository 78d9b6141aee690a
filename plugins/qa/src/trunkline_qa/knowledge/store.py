"""One knowledge base: its documents, passages and index of terms in one SQLite file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from trunkline_qa.knowledge.documents import Document, FAQPair
from trunkline_qa.knowledge.records import Counts, DocumentInfo, Kind, Passage, PutReport

MOST_ITEMS = 10_000  # of one batch, which is one transaction and stands in memory


class DocumentStore:
    """A base's documents; any number of threads and processes may use it at once.

    Every method raises `NotFound` once the base was deleted, `CorruptArtifact` where its file is damaged,
    `EnvironmentFault` where the disk is full or another process holds the file for too long.
    """

    path: Path

    @classmethod
    def create(cls, path: Path, settings: Mapping[str, Any]) -> DocumentStore:
        """Make a base in a new file. Raises `Conflict` where there is one."""
        raise NotImplementedError

    @classmethod
    def open(cls, path: Path) -> DocumentStore:
        """Open the base in `path`. Raises `NotFound`, and `CorruptArtifact` where the file is no base."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        raise NotImplementedError

    def update_settings(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Merge `changes` into the settings (None removes a key); returns all of them."""
        raise NotImplementedError

    def put(self, items: Sequence[Document | FAQPair]) -> PutReport:
        """Add or replace a batch, by id, in one transaction; it is durable on return.

        Raises `InvalidInput` for an id that the batch names twice, and for more than MOST_ITEMS.
        """
        raise NotImplementedError

    def delete(self, ids: Iterable[str]) -> int:
        """Delete those of `ids` that are there; returns how many were."""
        raise NotImplementedError

    def clear(self) -> None:
        """Delete all documents; settings stay, and numbers of passages go on."""
        raise NotImplementedError

    def documents(self, after: str | None = None, limit: int = 100) -> list[DocumentInfo]:
        """List documents by id, those after the id `after`."""
        raise NotImplementedError

    def document(self, document_id: str) -> Document | FAQPair:
        """Raises `NotFound`."""
        raise NotImplementedError

    def passages(self, numbers: Sequence[int]) -> list[Passage | None]:
        """Give the passages of these numbers in their order; None for one that is gone."""
        raise NotImplementedError

    def numbers(self, after: int = 0, kind: Kind | None = None) -> list[int]:
        """Give the numbers of living passages above `after`, ascending."""
        raise NotImplementedError

    def bm25(self, query: str, limit: int, kind: Kind | None = None) -> list[tuple[int, float]]:
        """Give (passage number, score) of passages that share a term with `query`, best first; higher is better."""
        raise NotImplementedError

    def generation(self) -> int:
        """Give a number that grows with each committed change of documents or settings."""
        raise NotImplementedError

    def counts(self) -> Counts:
        raise NotImplementedError

    def check(self) -> None:
        """Read the whole file and compare index and passages. Raises `CorruptArtifact`."""
        raise NotImplementedError
