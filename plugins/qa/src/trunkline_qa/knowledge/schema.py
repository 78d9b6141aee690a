"""The tables of a knowledge base, and what tells that a file is one.

Passages keep their own text beside the document's, and the index of terms its own too: four times the text on disk,
for which a passage is read without its document, and each table can be checked against the next.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trunkline import InvalidInput
from trunkline_qa.knowledge.connections import damaged
from trunkline_qa.knowledge.terms import TOKENIZER

APPLICATION = 0x74716B62  # "tqkb", in the header of every base
VERSION = 1

_TABLES = f"""
CREATE TABLE base (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    identity TEXT NOT NULL,      -- random: a base made anew under the same name is another
    settings TEXT NOT NULL,      -- JSON
    generation INTEGER NOT NULL
);
CREATE TABLE documents (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,          -- document, faq
    title TEXT,
    source TEXT,
    characters INTEGER NOT NULL, -- of the text, or of question and answer
    hash BLOB NOT NULL,          -- SHA-256 of the content and of the rules that cut and index it
    updated_at TEXT NOT NULL,    -- UTC, ISO 8601
    metadata TEXT NOT NULL,      -- JSON
    answer TEXT,                 -- of an FAQ pair
    text TEXT NOT NULL           -- last, so that a list of documents does not read it
);
CREATE INDEX documents_by_kind ON documents (kind, characters);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again
    document INTEGER NOT NULL REFERENCES documents (number),
    first INTEGER NOT NULL,      -- code points, half open
    after INTEGER NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX passages_by_document ON passages (document);
CREATE VIRTUAL TABLE terms USING fts5 (body, title, tokenize = '{TOKENIZER}');  -- rowid: the passage's number
"""


def make(connection: sqlite3.Connection, settings: str) -> None:
    """Make the tables in an empty file, in one transaction; `settings` are JSON."""
    connection.execute("BEGIN EXCLUSIVE")
    for statement in _statements():
        connection.execute(statement)
    connection.execute("INSERT INTO base VALUES (1, ?, ?, 1)", (secrets.token_hex(16), settings))
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def identity(connection: sqlite3.Connection, path: Path) -> str:
    """Give what the base calls itself.

    Raises `CorruptArtifact` unless the file is a knowledge base, `InvalidInput` for one of a later version.
    """
    [application] = connection.execute("PRAGMA application_id").fetchone()
    [version] = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION or version < 1:
        raise damaged(path, "the file was not made by Trunkline, or was never finished")
    if version > VERSION:
        raise InvalidInput(
            f"the knowledge base in {path} has format {version}, this trunkline-qa reads up to {VERSION}: "
            "upgrade trunkline-qa"
        )
    row = connection.execute("SELECT identity FROM base").fetchone()
    if row is None:
        raise damaged(path, "its first table is empty")
    return str(row[0])


def as_json(settings: Mapping[str, Any]) -> str:
    """Write settings. Raises `InvalidInput` for what JSON does not hold."""
    try:
        return json.dumps(dict(settings), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"settings of a knowledge base must be plain JSON: {error}") from error


def _statements() -> list[str]:
    statements, held = [], ""
    for line in _TABLES.splitlines(keepends=True):
        held += line
        if sqlite3.complete_statement(held):
            statements.append(held)
            held = ""
    return statements
