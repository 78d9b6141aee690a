"""Whether a base is whole: SQLite's own checks, and that documents, passages and terms agree."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from trunkline_qa.knowledge import terms
from trunkline_qa.knowledge.connections import damaged

_COMPARISONS = {
    "a passage without its terms": "SELECT number FROM passages EXCEPT SELECT rowid FROM terms",
    "terms without their passage": "SELECT rowid FROM terms EXCEPT SELECT number FROM passages",
    "a document without a passage": "SELECT number FROM documents EXCEPT SELECT document FROM passages",
    "a passage without its document": "SELECT document FROM passages EXCEPT SELECT number FROM documents",
}


def check_base(connection: sqlite3.Connection, path: Path) -> None:
    """Raise `CorruptArtifact` for the first thing found wrong. Reads everything."""
    [said] = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        raise damaged(path, f"SQLite finds {said}")
    connection.execute("INSERT INTO terms (terms) VALUES ('integrity-check')")  # raises SQLITE_CORRUPT_VTAB
    for what, comparison in _COMPARISONS.items():
        if connection.execute(f"{comparison} LIMIT 1").fetchone() is not None:
            raise damaged(path, f"there is {what}")
    _check_texts(connection, path)


def _check_texts(connection: sqlite3.Connection, path: Path) -> None:
    """Compare each passage with its place in the document, and its terms with those that it should have."""
    held, document = -1, ""
    found = connection.execute(
        "SELECT p.document, p.first, p.after, p.text, t.body FROM passages p JOIN terms t ON t.rowid = p.number"
        " ORDER BY p.document"
    )
    for number, first, after, text, body in found:
        if number != held:
            [document] = connection.execute("SELECT text FROM documents WHERE number = ?", (number,)).fetchone()
            held = number
        if document[first:after] != text:
            raise damaged(path, f"a passage differs from its document at {first}")
        if terms.indexed(text) != body:
            raise damaged(path, f"the index knows other terms than the passage at {first} has")
