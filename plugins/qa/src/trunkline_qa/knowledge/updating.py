"""Bringing a base's vectors up to date: those that are missing are made, a part at a time, each part durable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

import numpy as np

from trunkline import Conflict, CorruptArtifact, DeadlineExceeded, Inference, Overloaded, Progress, Silent
from trunkline_qa.knowledge.bases import KnowledgeBase
from trunkline_qa.knowledge.embedding import Floats, VectorModel, embedded, vector_model
from trunkline_qa.knowledge.nearest import EXACT_ROWS, build_graph, graphs_are_possible
from trunkline_qa.knowledge.preferences import Preferences
from trunkline_qa.knowledge.staleness import differences, remedy
from trunkline_qa.knowledge.vector_files import CURRENT, NEXT, Manifest, Numbers, Segment, VectorFolder

ASKED = 32  # passages that the engine is asked for at once
SEGMENT = 1_024  # vectors after which a part is written: what a killed run loses at most
PATIENCE = 5  # times that an answer may be late in a row
MOST_SEGMENTS = 8  # more are merged
MOST_DEAD = 0.25  # share of vectors whose passages are gone, above which they are dropped
MOST_LATER = 0.1  # share of vectors that came after the graph, above which it is made anew


@dataclass(frozen=True, slots=True)
class Updated:
    """What was done."""

    made: int  # vectors
    vectors: int  # in all
    seconds: float
    made_by: str | None  # None: the base wants no vectors


class Work:
    """One run over one base, whose folder is locked: a manifest that grows."""

    def __init__(self, base: KnowledgeBase, manifest: Manifest, name: str, inference: Inference) -> None:
        self.base = base
        self.folder: VectorFolder = base.folder
        self.manifest = manifest
        self.name = name
        self.made = 0
        self._inference = inference

    async def fill(self, progress: Progress) -> None:
        """Make what is missing, and what comes meanwhile."""
        while missing := self._missing():
            with progress.track(f"vectors of {self.base.name}", len(missing)) as advance:
                for start in range(0, len(missing), SEGMENT):
                    part = missing[start : start + SEGMENT]
                    self._keep(*await self._made(part, advance))

    def tidy(self) -> None:
        """Drop vectors of passages that are gone, merge many parts, and make the graph of a large base anew."""
        living = np.array(self.base.store.numbers(), np.int64)
        parts = [self.folder.load(one, self.manifest.precision, verify=False) for one in self.manifest.segments]
        alive = [np.isin(numbers, living) for numbers, _ in parts]
        dead = sum(int(len(mask) - mask.sum()) for mask in alive)
        if dead > MOST_DEAD * self.manifest.rows:
            kept = [
                (numbers[mask], vectors if mask.all() else vectors[mask])
                for (numbers, vectors), mask in zip(parts, alive, strict=True)
                if mask.any()
            ]
            segments: tuple[Segment, ...] = (self.folder.merged(kept),) if kept else ()
            self._commit(self.manifest.model_copy(update={"segments": segments, "index": None}))
        elif len(parts) > MOST_SEGMENTS:
            first = _tail([len(numbers) for numbers, _ in parts])
            segments = (*self.manifest.segments[:first], self.folder.merged(parts[first:]))
            self._commit(self.manifest.model_copy(update={"segments": segments}))  # rows keep their places in the graph
        self._index()

    def finish(self) -> None:
        """Let a rebuild be what is searched, and remove what nothing names."""
        if self.name != CURRENT:
            self.name = CURRENT
            self._commit(self.manifest)
            self.folder.forget(NEXT)
        self.folder.sweep()

    def _missing(self) -> list[int]:
        have: set[int] = set()
        for segment in self.manifest.segments:
            have.update(self.folder.load(segment, self.manifest.precision, verify=False)[0].tolist())
        return [number for number in self.base.store.numbers() if number not in have]

    async def _made(self, numbers: Sequence[int], advance: Callable[[int], None]) -> tuple[Numbers, Floats | None]:
        """Give the numbers that are still there, and their vectors."""
        passages = [one for one in self.base.store.passages(numbers) if one is not None]
        texts = [self.manifest.made_by.passage(one) for one in passages]
        rows = []
        for start in range(0, len(texts), ASKED):
            asked = texts[start : start + ASKED]
            rows.append(await _patiently(asked, self.manifest.made_by, self._inference))
            advance(len(asked))
        advance(len(numbers) - len(texts))
        vectors = np.concatenate(rows) if rows else None
        return np.array([one.number for one in passages], np.int64), vectors

    def _keep(self, numbers: Numbers, vectors: Floats | None) -> None:
        if vectors is None:
            return
        segment: Segment = self.folder.add(numbers, vectors.astype(self.manifest.precision))
        self._commit(self.manifest.model_copy(update={"segments": (*self.manifest.segments, segment)}))
        self.made += len(numbers)

    def _commit(self, manifest: Manifest) -> None:
        """Name what was written, unless the base was deleted: another may have come to have its folder."""
        self.base.store.generation()
        self.folder.commit(manifest, self.name)
        self.manifest = manifest

    def _index(self) -> None:
        rows, index = self.manifest.rows, self.manifest.index
        if rows <= EXACT_ROWS or not graphs_are_possible():
            return
        if index is not None and rows - index.rows <= MOST_LATER * rows:
            return
        blocks = [self.folder.load(one, self.manifest.precision, verify=False)[1] for one in self.manifest.segments]
        made = self.folder.add_index(rows, lambda path: build_graph(blocks, path))
        self._commit(self.manifest.model_copy(update={"index": made}))


async def update(
    base: KnowledgeBase, inference: Inference, progress: Progress | None = None, rebuild: bool = False
) -> Updated:
    """Make the vectors that are missing; with `rebuild` all, beside the old ones, which are searched until the end.

    A run that was killed goes on when it is repeated. Raises `Conflict` where vectors are stale and `rebuild` is not
    given, and while another run is on; `NotFound` for a base that was deleted; what the engine raises, but waits
    where it is overloaded.
    """
    started = monotonic()
    preferences = base.preferences()
    if not preferences.vectors:
        return Updated(0, 0, monotonic() - started, None)
    with _unless_deleted(base), base.folder.locked():
        manifest, name = _begun(base, inference, preferences, rebuild)
        work = Work(base, manifest, name, inference)
        await work.fill(progress or Silent())
        work.tidy()
        work.finish()
    return Updated(work.made, work.manifest.rows, monotonic() - started, str(manifest.made_by))


def _tail(sizes: Sequence[int]) -> int:
    """Give the first of the last parts that are merged: none is much larger than all behind it, so that a large part
    is written again as seldom as it grows.
    """
    first = len(sizes) - 1
    total = sizes[first]
    while first and (sizes[first - 1] <= 2 * total or len(sizes) - first < 2):
        first -= 1
        total += sizes[first]
    return first


def _begun(base: KnowledgeBase, inference: Inference, preferences: Preferences, rebuild: bool) -> tuple[Manifest, str]:
    """Give the manifest that is gone on with, and its name. Raises `Conflict` for stale vectors."""
    current = _sound(base, CURRENT)
    wanted = vector_model(preferences, inference, current.made_by if current else None)
    fresh = Manifest(base=base.identity, made_by=wanted, precision=preferences.precision)
    if current is None:
        return fresh, CURRENT
    found = differences(current, wanted, preferences)
    if not rebuild:
        if found:
            raise Conflict(f"the vectors of {base.name!r} are stale: {'; '.join(found)}: {remedy(base.name)}")
        return current, CURRENT
    begun = _sound(base, NEXT)
    return (begun if begun and not differences(begun, wanted, preferences) else fresh), NEXT


def _sound(base: KnowledgeBase, name: str) -> Manifest | None:
    """Give a manifest, those of its parts that are damaged left out: they are made again."""
    try:
        manifest = base.folder.manifest(name)
    except CorruptArtifact:
        base.folder.forget(name)
        return None
    if manifest is None or manifest.base != base.identity:
        return None
    sound = tuple(one for one in manifest.segments if _loads(base.folder, one, manifest))
    if sound != manifest.segments:
        manifest = manifest.model_copy(update={"segments": sound, "index": None})
        base.folder.commit(manifest, name)
    return manifest


def _loads(folder: VectorFolder, segment: Segment, manifest: Manifest) -> bool:
    try:
        folder.load(segment, manifest.precision)
    except CorruptArtifact:
        return False
    return True


async def _patiently(texts: Sequence[str], by: VectorModel, inference: Inference) -> Floats:
    """Embed, waiting where the engine has too much to do: those who ask come first."""
    late = 0
    while True:
        try:
            return await embedded(texts, by, inference)
        except Overloaded as error:
            await asyncio.sleep(error.retry_after)
        except DeadlineExceeded:
            late += 1
            if late == PATIENCE:
                raise


@contextmanager
def _unless_deleted(base: KnowledgeBase) -> Iterator[None]:
    """Tell files that vanished with their base as what that means. Raises `NotFound`."""
    try:
        yield
    except FileNotFoundError:
        base.store.generation()  # raises it
        raise
