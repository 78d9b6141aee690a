"""Items as rows: what is computed of an item before it is written, and reading it back."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trunkline_qa.knowledge import passages, terms
from trunkline_qa.knowledge.documents import Document, FAQPair
from trunkline_qa.knowledge.records import DocumentInfo, Passage


@dataclass(frozen=True, slots=True)
class Prepared:
    """An item, cut and indexed: the costly part of a put, done before the file is locked."""

    item: Document | FAQPair
    digest: bytes
    text: str
    spans: Sequence[tuple[int, int]]
    bodies: Sequence[str]  # terms of each span
    title: str  # terms of the title


def digest_of(item: Document | FAQPair) -> bytes:
    """Name what an item says, and the rules by which it is cut and indexed."""
    rules = f"{passages.CUTTING} {terms.TERMS} ".encode()
    return hashlib.sha256(rules + item.model_dump_json().encode()).digest()


def prepared(item: Document | FAQPair, digest: bytes) -> Prepared:
    """Cut an item into passages; an FAQ pair is found by its question alone, which is its one passage."""
    if isinstance(item, FAQPair):
        text, spans = item.question, [(0, len(item.question))]
    else:
        text, spans = item.text, passages.passages(item.text)
    bodies = [terms.indexed(text[start:end]) for start, end in spans]
    return Prepared(item, digest, text, spans, bodies, terms.indexed(item.title or ""))


def insert(connection: sqlite3.Connection, new: Prepared, now: str) -> None:
    """Write an item whose id is not there."""
    item = new.item
    answer = item.answer if isinstance(item, FAQPair) else None
    document = connection.execute(
        "INSERT INTO documents (id, kind, title, source, characters, hash, updated_at, metadata, answer, text)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            item.id, item.kind, item.title, item.source, len(new.text) + len(answer or ""), new.digest, now,
            json.dumps(item.metadata, ensure_ascii=False), answer, new.text,
        ),
    ).lastrowid  # fmt: skip
    for (start, end), body in zip(new.spans, new.bodies, strict=True):
        number = connection.execute(
            "INSERT INTO passages (document, first, after, text) VALUES (?, ?, ?, ?)",
            (document, start, end, new.text[start:end]),
        ).lastrowid
        connection.execute("INSERT INTO terms (rowid, body, title) VALUES (?, ?, ?)", (number, body, new.title))


def remove(connection: sqlite3.Connection, document: int) -> None:
    """Remove a document's row, its passages and their terms."""
    connection.execute("DELETE FROM terms WHERE rowid IN (SELECT number FROM passages WHERE document = ?)", (document,))
    connection.execute("DELETE FROM passages WHERE document = ?", (document,))
    connection.execute("DELETE FROM documents WHERE number = ?", (document,))


def item_of(row: Sequence[Any]) -> Document | FAQPair:
    """Read (kind, id, title, source, metadata, answer, text) back."""
    kind, document_id, title, source, metadata, answer, text = row
    shared = {"id": document_id, "title": title, "source": source, "metadata": json.loads(metadata)}
    if kind == "faq":
        return FAQPair.model_validate({**shared, "question": text, "answer": answer})
    return Document.model_validate({**shared, "text": text})


def info_of(row: Sequence[Any]) -> DocumentInfo:
    """Read (id, kind, title, source, characters, passages, updated_at) back."""
    document_id, kind, title, source, characters, passages, updated_at = row
    return DocumentInfo(document_id, kind, title, source, characters, passages, datetime.fromisoformat(updated_at))


def passage_of(row: Sequence[Any]) -> Passage:
    """Read (number, document's id, kind, first, after, text, title, answer) back."""
    return Passage(*row)
