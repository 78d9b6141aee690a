"""BM25 over the index of terms, without the terms that would cost most and tell least.

SQLite scores every passage that has any term of the question: with "how do I", that is nearly all of them, a second
for 100,000 passages. Terms that stand in every tenth passage hardly move a score, so they are left out where the
question has others.
"""

from __future__ import annotations

import sqlite3

from trunkline_qa.knowledge import terms
from trunkline_qa.knowledge.records import Kind

_COMMON = 10  # a term in one of so many passages is common
_FEW = 1_000  # passages that are scored in no time, however common the term
_KEPT = 64  # terms of a question, the rarest
_KEPT_COMMON = 3  # where all are common
_TITLE = 0.5  # weight of a term in the title beside one in the passage
_BEST = "SELECT rowid, -rank FROM terms WHERE terms MATCH ? AND rank MATCH ? ORDER BY rank LIMIT ?"


def best(connection: sqlite3.Connection, question: str, limit: int, kind: Kind | None) -> list[tuple[int, float]]:
    """Give (passage number, score) of passages that share a term with `question`, best first."""
    chosen = _chosen(connection, terms.phrases(question))
    if not chosen:
        return []
    expression = f"{{body title}} : ({' OR '.join(chosen)})"
    if kind is not None:
        expression = f'kind : "{kind}" AND {expression}'
    return connection.execute(_BEST, (expression, f"bm25(1.0, {_TITLE}, 0.0)", limit)).fetchall()


def _chosen(connection: sqlite3.Connection, phrases: list[str]) -> list[str]:
    [passages] = connection.execute("SELECT count(*) FROM passages").fetchone()
    common = max(_FEW, passages // _COMMON)
    counts = {phrase: _count(connection, phrase, common) for phrase in phrases}
    rare = [phrase for phrase in phrases if 0 < counts[phrase] < common]
    if rare:
        return sorted(rare, key=lambda phrase: counts[phrase])[:_KEPT]
    whole = {phrase: _count(connection, phrase, passages) for phrase in phrases if counts[phrase]}
    return sorted(whole, key=lambda phrase: whole[phrase])[:_KEPT_COMMON]


def _count(connection: sqlite3.Connection, phrase: str, most: int) -> int:
    """Count the passages that have a term, up to `most`: a tenth of a microsecond for each."""
    [count] = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM terms WHERE terms MATCH ? LIMIT ?)", (f"{{body title}} : {phrase}", most)
    ).fetchone()
    return int(count)
