"""What rows of a graph's decoder remember, in arrays that are handed to it as they lie.

Rows lie in slots. A row keeps its slot as long as it can, so that nothing of it moves when others leave, join or change
places. Room is rounded, so that few shapes come up: a graph is made ready for each of them once.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkline.contract.decoder_modules import StateShape

Floats = NDArray[Any]
"""In float32, or the bits of bfloat16 as uint16: nothing is computed here."""
Places = NDArray[np.intp]
LEAST = 8
"""The room for memories is at least this, and for columns twice as much."""
FEW = 4
_NUMBERS = itertools.count()


def roomy(count: int) -> int:
    """Round rows up to a multiple of 4, but few of them not at all."""
    return count if count <= FEW else -(-count // FEW) * FEW


def span_of(count: int) -> int:
    """Round columns up to 16, 32, 48, 64, 96, ...: they grow with each step, and more room is a copy."""
    power = 1 << max(0, count - 1).bit_length()
    return max(2 * LEAST, power * 3 // 4 if power > 4 * LEAST and count <= power * 3 // 4 else power)


def length_of(count: int) -> int:
    """Round the length of memories up to a multiple of 8."""
    return -(-max(1, count) // LEAST) * LEAST


@dataclass(slots=True, eq=False)
class GraphCache:
    """Rows of one decoder. `take` and `joined` change it in its place and give it back.

    Arrays have slots first; where a state has a length, it is the third dimension.
    """

    memories: list[Floats]
    own: list[Floats]
    shapes: tuple[StateShape, ...]  # of `own`
    seen: NDArray[np.bool_]  # (slots, S)
    positions: NDArray[np.int64]  # (slots,): tokens that were read
    owners: NDArray[np.int64]  # (slots,): a number for each memory, so that beams of one need no copy of it
    slots: Places  # of the rows

    @classmethod
    def begun(
        cls, count: int, memories: Sequence[Floats], seen: NDArray[np.bool_], shapes: tuple[StateShape, ...]
    ) -> GraphCache:
        """Take the states of `count` memories, (slots, ...) each, with `seen` (slots, S); spare slots see nothing."""
        room = len(seen)
        sizes = [[2 * LEAST if size is None else size for size in shape] for shape in shapes]
        own = [np.zeros((room, *size), memories[0].dtype) for size in sizes]
        owners = np.array([next(_NUMBERS) for _ in range(room)])
        return cls(list(memories), own, shapes, seen, np.zeros(room, np.int64), owners, np.arange(count))

    @property
    def rows(self) -> int:
        return len(self.slots)

    @property
    def used(self) -> int:
        """How many slots go through a step: all rows are in the first ones."""
        return roomy(max(1, self.rows))

    @property
    def furthest(self) -> int:
        """The largest position of a row."""
        return int(self.positions[self.slots].max(initial=0))

    def take(self, rows: Places) -> GraphCache:
        """Leave these rows, in this order; one may come several times."""
        before = self.slots[rows]
        if len(before) > len(self.positions):
            self._grow(roomy(len(before)), self._length, self._span)
        slots, moved = _placed(before, roomy(max(1, len(before))))
        into, sources = slots[moved], before[moved]
        if len(into):
            self._copy(self, into, sources)
        self._settle(slots)
        return self

    def joined(self, other: GraphCache) -> GraphCache:
        """Put another's rows behind these."""
        total = self.rows + other.rows
        room = len(self.positions) if total <= len(self.positions) else roomy(total * 3 // 2)
        length, span = max(self._length, other._length), max(self._span, other._span)
        if (room, length, span) != (len(self.positions), self._length, self._span):
            self._grow(room, length, span)
        slots, moved = _placed(np.concatenate([self.slots, np.full(other.rows, room)]), roomy(total))
        within = moved[: self.rows]
        if within.any():
            self._copy(self, slots[: self.rows][within], self.slots[within])
        self._copy(other, slots[self.rows :], other.slots)
        self._settle(slots)
        return self

    def open(self) -> None:
        """Make room for the next column of every row, and give back what is much too large."""
        span, length = span_of(self.furthest + 1), length_of(int(self.seen[self.slots].sum(axis=1).max(initial=1)))
        if 0 < 2 * span <= self._span or 2 * length <= self._length:
            self._grow(self.used, length, span)
        elif 0 < self._span < span:
            self._grow(len(self.positions), self._length, span)

    def put(self, found: Sequence[NDArray[Any]]) -> None:
        """Write what a step gave of each of `own`, (slots in use, ...); rows are one position on."""
        slots = self.slots
        places = self.positions[slots]
        for held, new, shape in zip(self.own, found, self.shapes, strict=True):
            if None in shape:
                held[slots, :, places] = new[slots, :, 0]
            else:
                held[slots] = new[slots]
        self.positions[slots] += 1

    @property
    def _length(self) -> int:
        return int(self.seen.shape[1])

    @property
    def _span(self) -> int:
        """How many columns there is room for; 0 where nothing has columns."""
        return next((held.shape[2] for held, shape in zip(self.own, self.shapes, strict=True) if None in shape), 0)

    def _settle(self, slots: Places) -> None:
        free = np.ones(len(self.positions), np.bool_)
        free[slots] = False
        self.positions[free], self.seen[free] = 0, False
        self.slots = slots

    def _copy(self, other: GraphCache, into: Places, sources: Places) -> None:
        """Fill slots from another's, or from our own; a memory that is there already is not copied."""
        far = int(other.positions[sources].max(initial=0))
        for held, given, shape in zip(self.own, other.own, self.shapes, strict=True):
            if None in shape:
                held[into, :, :far] = given[sources, :, :far]
            else:
                held[into] = given[sources]
        self.positions[into] = other.positions[sources]
        foreign = (self.owners[into] != other.owners[sources]) | ~self.seen[into].any(axis=1)
        into, sources = into[foreign], sources[foreign]
        if len(into):
            length = other._length
            for held, given in zip(self.memories, other.memories, strict=True):
                held[into, :, :length] = given[sources, :, :length]
            self.seen[into] = False
            self.seen[into, :length] = other.seen[sources]
            self.owners[into] = other.owners[sources]

    def _grow(self, room: int, length: int, span: int) -> None:
        """Move everything to arrays with this much room, or with less where no row needs it."""
        self.memories = [_resized(held, room, length) for held in self.memories]
        self.own = [
            _resized(held, room, span if None in shape else held.shape[2] if held.ndim > 2 else 0)
            for held, shape in zip(self.own, self.shapes, strict=True)
        ]
        self.seen = _resized(self.seen[:, None], room, length)[:, 0]
        self.positions, self.owners = (_resized(held, room, 0) for held in (self.positions, self.owners))


def _placed(before: Places, room: int) -> tuple[Places, NDArray[np.bool_]]:
    """Give each row a slot below `room`, its own of before where it can keep it, and tell which rows move."""
    slots = np.full(len(before), -1, np.intp)
    _, first = np.unique(before, return_index=True)
    stay = first[before[first] < room]
    slots[stay] = before[stay]
    moved = slots < 0
    slots[moved] = np.setdiff1d(np.arange(room), slots[stay])[: int(moved.sum())]
    return slots, moved


def _resized(held: NDArray[Any], room: int, length: int) -> NDArray[Any]:
    """Copy what fits into zeros with `room` first, and `length` third where there are as many dimensions."""
    shape = (room, *held.shape[1:2], length, *held.shape[3:]) if held.ndim > 2 else (room, *held.shape[1:])
    if shape == held.shape:
        return held
    grown = np.zeros(shape, held.dtype)
    part = tuple(slice(min(old, new)) for old, new in zip(held.shape, shape, strict=True))
    grown[part] = held[part]
    return grown
