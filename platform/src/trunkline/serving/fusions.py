"""Which models are asked together again and again: for those, stem and branches become one graph."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic
from weakref import ref

from trunkline.backends.backend import Branch, Fused, Stem
from trunkline.backends.passing import GRAPHLESS
from trunkline.serving.reader import Reader
from trunkline.serving.readership import Readership

log = logging.getLogger(__name__)
OFTEN = 64  # plans and passes after which a set of models is worth the memory of a graph of its own
ALONE = 8
"""Part of the room that graphs of one model may take: each holds a stem of its own, and saves no more than one
handing over of states."""
IDLE = 60.0  # seconds unwanted after which a graph may go for another
ROOM_AGAIN = 2000  # times after which a set that found no room is tried again
SETS = 1024  # that are counted at most; then those without a graph are forgotten

Readers = tuple[Reader, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """A graph, and whose outputs it gives: readers with layers or heads in it, in its own order."""

    graph: Fused
    keys: Sequence[Hashable]


@dataclass(slots=True, eq=False)
class _Set:
    """Readers that were asked together."""

    owners: tuple[ref[Reader], ...]
    wanted: int = 0  # times
    used: float = 0.0
    made: Future[Whole | None] | None = None
    admitted: bool = False  # it counts against the limit

    def whole(self) -> Whole | None:
        return self.made.result() if self.made is not None and self.made.done() else None

    def idle(self) -> bool:
        """Tell whether its readers were not asked for a while, or one of them was unloaded."""
        return monotonic() - self.used > IDLE or any(owner() is None for owner in self.owners)


class Fusions:
    """Fused graphs of one trunk, made beside the work and within a limit of memory; used by one thread."""

    def __init__(self, stem: Stem, limit: int, shows_all: bool) -> None:
        """Let graphs take `limit` bytes; 0: none is made. With `shows_all` they show each state that is read."""
        self._stem = stem
        self._limit = limit
        self._shows_all = shows_all
        self._sets: dict[frozenset[Hashable], _Set] = {}
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="trunkline-fusing")

    def find(self, readership: Readership) -> Whole | None:
        """Give the graph of these readers, who are planned for or about to run; one that is wanted often is made
        meanwhile.
        """
        if not self._limit or any(reader.branch is None for reader in readership.readers):
            return None
        found = self._counted(readership)
        if found.made is None and found.wanted >= OFTEN and self._worth_while(readership.readers):
            found.made = self._maker.submit(self._make, readership.readers)
        if (whole := found.whole()) is not None and not found.admitted:
            found.admitted = self._make_room(whole.graph.size, alone=len(readership) == 1)
            if not found.admitted:
                found.made, found.wanted = None, OFTEN - ROOM_AGAIN
                return None
        return whole

    @property
    def size(self) -> int:
        """Bytes that its graphs take, about; any thread may ask."""
        wholes = [one.whole() for one in list(self._sets.values()) if one.admitted]
        return sum(whole.graph.size for whole in wholes if whole)

    def drop(self, readership: Readership) -> None:
        """Never use the graph of these readers again: it failed."""
        failed: Future[Whole | None] = Future()
        failed.set_result(None)
        self._sets[readership.key].made = failed

    def close(self) -> None:
        """Make no more; waits for one that is being made."""
        self._maker.shutdown(wait=True, cancel_futures=True)

    def _counted(self, readership: Readership) -> _Set:
        key = readership.key
        if key not in self._sets:
            if len(self._sets) >= SETS:
                self._sets = {key: kept for key, kept in self._sets.items() if kept.made is not None}
            self._sets[key] = _Set(tuple(ref(reader) for reader in readership.readers))
        found = self._sets[key]
        found.wanted += 1
        found.used = monotonic()
        return found

    def _make_room(self, size: int, alone: bool) -> bool:
        """Let go of idle graphs until one of `size` bytes fits; tells whether it does."""
        of_one = [key for key in self._sets if len(key) == 1]
        if alone and not self._make_room_within(size, self._limit // ALONE, of_one):
            return False
        return self._make_room_within(size, self._limit, list(self._sets))

    def _make_room_within(self, size: int, limit: int, keys: Sequence[frozenset[Hashable]]) -> bool:
        held = {key: self._sets[key] for key in keys if self._sets[key].admitted}
        free = limit - sum(whole.graph.size for one in held.values() if (whole := one.whole()))
        for key, one in held.items():
            if free < size and one.idle() and (whole := one.whole()):
                free += whole.graph.size
                del self._sets[key]
        return free >= size

    def _worth_while(self, readers: Sequence[Reader]) -> bool:
        """Tell whether a pass would run more than one graph."""
        branches = sum(not isinstance(reader.branch, GRAPHLESS) for reader in readers)
        return branches + len({layer for reader in readers for layer in reader.reads}) > 1

    def _make(self, readers: Readers) -> Whole | None:
        branches: dict[Hashable, Branch] = {
            reader.key: reader.branch
            for reader in readers
            if reader.branch is not None and not isinstance(reader.branch, GRAPHLESS)
        }
        linear = [reader for reader in readers if reader.key not in branches]
        shown = sorted({layer for reader in (readers if self._shows_all else linear) for layer in reader.reads})
        try:
            graph = self._stem.fuse(list(branches.values()), shown)
        except Exception:
            log.warning("no graph of %s together", ", ".join(reader.label for reader in readers), exc_info=True)
            return None
        return None if graph is None else Whole(graph, tuple(branches))
