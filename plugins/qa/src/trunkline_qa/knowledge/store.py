"""One knowledge base: its documents, passages and index of terms in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trunkline import Conflict, InvalidInput, NotFound
from trunkline_qa.knowledge import rows, schema, terms
from trunkline_qa.knowledge.checks import check_base
from trunkline_qa.knowledge.connections import Connections, connected, faults
from trunkline_qa.knowledge.documents import Document, FAQPair
from trunkline_qa.knowledge.records import Counts, DocumentInfo, Kind, Passage, PutReport

MOST_ITEMS = 10_000
"""Of one batch, which is one transaction and stands in memory."""
_TITLE_WEIGHT = 0.5  # of a term in the title beside one in the passage
_NEAR = 1_000  # ids that a message about an unknown one is made of


class DocumentStore:
    """A base's documents; any number of threads and processes may use it at once.

    Every method raises `NotFound` once the base was deleted, `CorruptArtifact` where its file is damaged,
    `EnvironmentFault` where the disk is full or another process holds the file for too long.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self.path = connections.path
        self.identity = connections.identity or ""  # random: a base made anew under the same name has another

    @classmethod
    def create(cls, path: Path, settings: Mapping[str, Any]) -> DocumentStore:
        """Make a base in a new file of a folder that is there. Raises `Conflict` where there is one."""
        if path.exists():
            raise Conflict(f"there is a file {path} already: open it, or delete it first")
        written = schema.as_json(settings)
        with faults(path):
            connection = connected(path, "rwc")
            try:
                schema.make(connection, written)
            finally:
                connection.close()
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> DocumentStore:
        """Open the base in `path`. Raises `NotFound`, and `CorruptArtifact` where the file is no base."""
        if not path.is_file():
            raise NotFound(f"no knowledge base {path.parent.name!r}: there is no {path.name}")
        with faults(path):
            connection = connected(path, "rw")
            try:
                identity = schema.identity(connection, path)
            finally:
                connection.close()
        return cls(Connections(path, identity))

    def is_there(self) -> bool:
        """Tell whether the base was not deleted."""
        return self._connections.is_there()

    def close(self) -> None:
        """Close its files; a later call opens them again."""
        self._connections.close()

    def settings(self) -> dict[str, Any]:
        """Give what was said at `create` and in `update_settings`."""
        with self._connections.read() as connection:
            return _settings(connection)

    def update_settings(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Merge `changes` into the settings (None removes a key); returns all of them."""
        with self._connections.write() as connection:
            merged = {**_settings(connection), **changes}
            kept = {key: value for key, value in merged.items() if value is not None}
            connection.execute("UPDATE base SET settings = ?", (schema.as_json(kept),))
            _advance(connection)
        return kept

    def put(self, items: Sequence[Document | FAQPair]) -> PutReport:
        """Add or replace a batch, by id, in one transaction; it is durable on return.

        Raises `InvalidInput` for an id that the batch names twice, and for more than MOST_ITEMS.
        """
        _check_batch(items)
        digests = {item.id: rows.digest_of(item) for item in items}
        with self._connections.read() as connection:
            there = {document_id: digest for document_id, (_, digest) in _known(connection, digests).items()}
        ready = {
            item.id: rows.prepared(item, digests[item.id]) for item in items if there.get(item.id) != digests[item.id]
        }
        with self._connections.write() as connection:
            known = _known(connection, digests)
            new = [item for item in items if item.id not in known]
            changed = [item for item in items if item.id in known and known[item.id][1] != digests[item.id]]
            now = datetime.now(UTC).isoformat()
            for item in changed:
                rows.remove(connection, known[item.id][0])
            for item in (*new, *changed):  # what another process has taken away meanwhile is prepared here
                rows.insert(connection, ready.get(item.id) or rows.prepared(item, digests[item.id]), now)
            if new or changed:
                _advance(connection)
        return PutReport(len(new), len(changed), len(items) - len(new) - len(changed))

    def delete(self, ids: Iterable[str]) -> int:
        """Delete those of `ids` that are there; returns how many were."""
        with self._connections.write() as connection:
            known = _known(connection, ids)
            for number, _ in known.values():
                rows.remove(connection, number)
            if known:
                _advance(connection)
        return len(known)

    def clear(self) -> None:
        """Delete all documents; settings stay, and numbers of passages go on."""
        with self._connections.write() as connection:
            for table in ("terms", "passages", "documents"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own
            _advance(connection)

    def documents(self, after: str | None = None, limit: int = 100) -> list[DocumentInfo]:
        """List documents by id, those after the id `after`."""
        with self._connections.read() as connection:
            found = connection.execute(
                "SELECT id, kind, title, source, characters,"
                " (SELECT count(*) FROM passages WHERE document = documents.number), updated_at"
                " FROM documents WHERE id > ? ORDER BY id LIMIT ?",
                (after or "", limit),
            ).fetchall()
        return [rows.info_of(row) for row in found]

    def document(self, document_id: str) -> Document | FAQPair:
        """Give an item as it was put. Raises `NotFound`, which names near ids."""
        with self._connections.read() as connection:
            row = connection.execute(
                "SELECT kind, id, title, source, metadata, answer, text FROM documents WHERE id = ?", (document_id,)
            ).fetchone()
            if row is None:
                known = connection.execute("SELECT id FROM documents ORDER BY id LIMIT ?", (_NEAR,))
                raise NotFound.named("document", document_id, (name for (name,) in known))
        return rows.item_of(row)

    def passages(self, numbers: Sequence[int]) -> list[Passage | None]:
        """Give the passages of these numbers in their order; None for one that is gone."""
        with self._connections.read() as connection:
            found = connection.execute(
                "SELECT p.number, d.id, d.kind, p.first, p.after, p.text, d.title, d.answer"
                " FROM passages p JOIN documents d ON d.number = p.document"
                " WHERE p.number IN (SELECT value FROM json_each(?))",
                (json.dumps([int(number) for number in numbers]),),
            ).fetchall()
        by_number = {row[0]: rows.passage_of(row) for row in found}
        return [by_number.get(number) for number in numbers]

    def numbers(self, after: int = 0, kind: Kind | None = None) -> list[int]:
        """Give the numbers of living passages above `after`, ascending."""
        values: tuple[object, ...] = (int(after),)
        statement = "SELECT number FROM passages WHERE number > ? ORDER BY number"
        if kind is not None:
            values = (int(after), kind)
            statement = (
                "SELECT p.number FROM passages p JOIN documents d ON d.number = p.document"
                " WHERE p.number > ? AND d.kind = ? ORDER BY p.number"
            )
        with self._connections.read() as connection:
            found = connection.execute(statement, values).fetchall()
        return [number for (number,) in found]

    def bm25(self, query: str, limit: int, kind: Kind | None = None) -> list[tuple[int, float]]:
        """Give (passage number, score) of passages that share a term with `query`, best first; higher is better."""
        expression = terms.query(query)
        if expression is None:
            return []
        statement = "SELECT rowid, -rank FROM terms WHERE terms MATCH ? AND rank MATCH ?"
        if kind is not None:
            statement += (
                " AND (SELECT d.kind FROM passages p JOIN documents d ON d.number = p.document"
                " WHERE p.number = terms.rowid) = ?"
            )
        weights = f"bm25(1.0, {_TITLE_WEIGHT})"
        with self._connections.read() as connection:
            values = (expression, weights, *([kind] if kind else []), limit)
            return connection.execute(f"{statement} ORDER BY rank LIMIT ?", values).fetchall()

    def generation(self) -> int:
        """Give a number that grows with each committed change of documents or settings."""
        with self._connections.read() as connection:
            [generation] = connection.execute("SELECT generation FROM base").fetchone()
        return int(generation)

    def counts(self) -> Counts:
        """Count what the base holds."""
        with self._connections.read() as connection:
            kinds = connection.execute("SELECT kind, count(*), sum(characters) FROM documents GROUP BY kind").fetchall()
            [passages] = connection.execute("SELECT count(*) FROM passages").fetchone()
        of = {kind: count for kind, count, _ in kinds}
        return Counts(of.get("document", 0), of.get("faq", 0), passages, sum(size for _, _, size in kinds))

    def check(self) -> None:
        """Read the whole file and compare documents, passages and index. Raises `CorruptArtifact`."""
        with self._connections.write() as connection:  # FTS5 checks itself by a statement that looks like a write
            check_base(connection, self.path)


def _settings(connection: sqlite3.Connection) -> dict[str, Any]:
    [written] = connection.execute("SELECT settings FROM base").fetchone()
    settings: dict[str, Any] = json.loads(written)
    return settings


def _advance(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE base SET generation = generation + 1")


def _known(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, tuple[int, bytes]]:
    """Give (number, hash) of those of `ids` that are there."""
    found = connection.execute(
        "SELECT id, number, hash FROM documents WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    )
    return {document_id: (number, digest) for document_id, number, digest in found}


def _check_batch(items: Sequence[Document | FAQPair]) -> None:
    if len(items) > MOST_ITEMS:
        raise InvalidInput(f"a batch of {len(items):,} items, the limit is {MOST_ITEMS:,}: put them in several batches")
    places: dict[str, int] = {}
    for place, item in enumerate(items, 1):
        if item.id in places:
            raise InvalidInput(
                f"the id {item.id!r} stands twice in one batch, at item {places[item.id]} and at item {place}: "
                "give each an id of its own"
            )
        places[item.id] = place
