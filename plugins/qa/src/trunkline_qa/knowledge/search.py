"""Passages that fit a question: by their words (BM25), by their vectors, or by both, fused."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from trunkline import Conflict, CorruptArtifact, Inference, InvalidInput, NotFound, TrunklineError
from trunkline_qa.knowledge import ranking
from trunkline_qa.knowledge.bases import KnowledgeBase
from trunkline_qa.knowledge.embedding import TASK, Floats, embedded
from trunkline_qa.knowledge.records import Kind, Passage
from trunkline_qa.knowledge.staleness import remedy, stale
from trunkline_qa.knowledge.vectors import Loaded

Mode = Literal["bm25", "vectors", "hybrid"]
POOL = 50  # candidates of each ranking that are fused
MOST_RESULTS = 200
MOST_QUESTION = 100_000  # characters


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage, and why it stands where it stands."""

    passage: Passage
    score: float  # BM25's, the cosine, or the sum of reciprocal ranks, as the mode is; they do not compare
    bm25_rank: int | None  # from 1; None where it is not among the candidates
    vector_rank: int | None
    similarity: float | None  # the cosine, where vectors were looked at


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A question made ready for searches of one base: its vector is computed once."""

    base: KnowledgeBase
    text: str
    mode: Mode  # that it is really searched by
    vectors: Loaded | None
    vector: Floats | None  # (dimension,), where vectors are looked at
    note: str | None  # why it is not the mode that was asked for, and what to do

    def hits(self, limit: int, kind: Kind | None = None) -> list[Hit]:
        """Give the best passages, best first; blocks on disk. Raises `NotFound` once the base was deleted."""
        pool = max(POOL, limit)
        with ThreadPoolExecutor(1, "trunkline-bm25") as beside:  # SQLite and numpy each take a core of their own
            words = None if self.mode == "vectors" else beside.submit(self.base.store.bm25, self.text, pool, kind)
            semantic = self._nearest(pool, kind)
            lexical = words.result() if words is not None else []
        ranked = self._ranked(lexical, semantic)
        found = self._alive(ranked, limit)
        by_terms, by_vectors = ([number for number, _ in one] for one in (lexical, semantic))
        bm25_ranks, vector_ranks, similarity = ranking.ranks(by_terms), ranking.ranks(by_vectors), dict(semantic)
        return [
            Hit(one, score, bm25_ranks.get(one.number), vector_ranks.get(one.number), similarity.get(one.number))
            for one, score in found
        ]

    def _nearest(self, pool: int, kind: Kind | None) -> list[tuple[int, float]]:
        if self.vectors is None or self.vector is None:
            return []
        return self.vectors.nearest(self.vector, self.base.living(self.vectors, kind), pool)

    def _ranked(
        self, lexical: list[tuple[int, float]], semantic: list[tuple[int, float]]
    ) -> Sequence[tuple[int, float]]:
        if self.mode != "hybrid":
            return lexical or semantic
        return ranking.fused([[number for number, _ in one] for one in (lexical, semantic)])

    def _alive(self, ranked: Sequence[tuple[int, float]], limit: int) -> list[tuple[Passage, float]]:
        """Give the first `limit` that are still there; what changed since it was ranked is left out."""
        passages = self.base.store.passages([number for number, _ in ranked])
        pairs = [(one, score) for one, (_, score) in zip(passages, ranked, strict=True) if one is not None]
        return pairs[:limit]


async def prepared(base: KnowledgeBase, inference: Inference, text: str, mode: Mode = "hybrid") -> Query:
    """Make a question ready. What is asked of vectors that cannot be used is answered by words, with a note.

    Raises `Conflict` where vectors alone were asked for and cannot be used, `InvalidInput` for a text too long,
    `NotFound` for a base that was deleted, and what the engine raises.
    """
    if len(text) > MOST_QUESTION:
        raise InvalidInput(f"the question has {len(text)} characters; the limit is {MOST_QUESTION}: shorten it")
    if mode == "bm25":
        return Query(base, text, "bm25", None, None, None)
    try:
        vectors, note = await asyncio.to_thread(_usable, base, inference)
        [vector] = await embedded([vectors.manifest.made_by.question(text)], vectors.manifest.made_by, inference)
        if len(vector) != vectors.blocks[0].shape[1]:
            raise Conflict(f"vectors of {base.name!r} have another size than questions now: {remedy(base.name)}")
        return Query(base, text, mode, vectors, vector, note)
    except (Conflict, CorruptArtifact, NotFound) as error:
        await asyncio.to_thread(base.store.generation)  # a base that was deleted is told as that
        if mode == "vectors":
            raise _unusable(base, error) from error
        return Query(
            base, text, "bm25", None, None, None if isinstance(error, NoVectors) else str(_unusable(base, error))
        )


class NoVectors(Conflict):
    """There are none, and none are wanted or none are there yet."""


def _usable(base: KnowledgeBase, inference: Inference) -> tuple[Loaded, str | None]:
    """Give vectors, and what is to be told of them. Raises `Conflict`, `CorruptArtifact`."""
    if not base.preferences().vectors:
        raise NoVectors(f"{base.name!r} keeps no vectors: its setting `vectors` is false; search by bm25")
    loaded = base.vectors.loaded()
    if loaded is None:
        raise NoVectors(f"{base.name!r} has no vectors yet: {remedy(base.name)}")
    why = stale(base, loaded.manifest, inference)
    if why is not None and _is_gone(loaded, inference):
        raise Conflict(f"{base.name!r}: {why}")
    return loaded, why


def _is_gone(loaded: Loaded, inference: Inference) -> bool:
    """Tell whether what made the vectors is not there any more to read questions."""
    by = loaded.manifest.made_by
    try:
        if by.model is not None:
            inference.version_info(TASK, by.model)
        else:
            inference.trunk_info(by.trunk)
    except TrunklineError:
        return True
    return False


def _unusable(base: KnowledgeBase, error: TrunklineError) -> Conflict:
    if isinstance(error, Conflict):
        return error
    if isinstance(error, CorruptArtifact):
        return Conflict(f"the vectors of {base.name!r} are damaged: {remedy(base.name)}")
    return Conflict(f"what made the vectors of {base.name!r} cannot be asked ({error}): {remedy(base.name)}")


async def search(
    base: KnowledgeBase,
    inference: Inference,
    text: str,
    limit: int = 10,
    mode: Mode = "hybrid",
    kind: Kind | None = None,
) -> tuple[Query, list[Hit]]:
    """Search once; raises as `prepared` does."""
    query = await prepared(base, inference, text, mode)
    return query, await asyncio.to_thread(query.hits, limit, kind)
