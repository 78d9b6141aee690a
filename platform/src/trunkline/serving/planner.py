"""From units of any task to batches of rows: a pure function."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from trunkline.serving.costs import Costs
from trunkline.serving.cutting import cuts
from trunkline.serving.job import Urgency
from trunkline.serving.readership import Readership, Readerships
from trunkline.serving.state_cache import Kept
from trunkline.serving.unit import Input, Unit
from trunkline.trunk.windows import Window

LEAST_APART = 1 / 8
"""Of a full pass: fewer rows than that fill no pass of their own, and ask for no graph of their own."""
HANDOVER = 0.4
"""Layers' work that it takes to hand states from one graph to another: a MiniLM in OpenVINO bf16, 1,024 tokens."""

Numbers = NDArray[np.intp]  # of rows in their batch, ascending


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A distinct input, and all units that ask about it, one at least."""

    units: Sequence[Unit]

    @property
    def windows(self) -> Sequence[Window]:
        return self.units[0].windows

    @property
    def source(self) -> Input:
        return self.units[0].input


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One window of a piece, and who reads it where."""

    piece: Piece
    index: int  # of the window in its piece
    readership: Readership
    kept: Kept | None = None  # its states at every stop, where they were computed before

    @property
    def window(self) -> Window:
        return self.piece.windows[self.index]


@dataclass(frozen=True, eq=False)
class Batch:
    """Rows that run as one rectangle: all of them up the stem, or all from states that were kept, or all joined of
    two texts that go up the stem apart.
    """

    rows: Sequence[Row]

    @property
    def resumes(self) -> bool:
        """Whether no row needs the stem."""
        return self.rows[0].kept is not None

    @property
    def joins(self) -> bool:
        """Whether each row is two texts, whose states are joined where it is read."""
        return bool(self.rows[0].window.sides)

    @cached_property
    def readerships(self) -> Sequence[tuple[Readership, Numbers]]:
        """The readerships, each with the numbers of its rows."""
        found: dict[int, tuple[Readership, list[int]]] = {}
        for number, row in enumerate(self.rows):
            found.setdefault(id(row.readership), (row.readership, []))[1].append(number)
        return [(readership, np.array(numbers)) for readership, numbers in found.values()]

    @property
    def alike(self) -> Readership | None:
        """Who reads the rows, where all of them have the same readers and go up the stem; else None."""
        if self.resumes or self.joins or len({readership.key for readership, _ in self.readerships}) > 1:
            return None
        return self.readerships[0][0]

    @property
    def urgency(self) -> Urgency:
        """That of its most urgent unit."""
        return min(unit.urgency for row in self.rows for unit in row.piece.units)

    @property
    def stops(self) -> list[int]:
        """The layers at which rows are read, ascending."""
        return sorted(set().union(*(readership.stops for readership, _ in self.readerships)))

    def read_at(self, layer: int) -> Numbers:
        """Give the numbers of the rows that somebody reads at a layer."""
        return together([numbers for readership, numbers in self.readerships if layer in readership.stops])

    def narrowed(self) -> Batch | None:
        """Leave out what nobody waits for any more; None where nothing is left."""
        still = Readerships()
        rows = [(row, still.of(row.piece.units)) for row in self.rows]
        if all(left is not None and left.key == row.readership.key for row, left in rows):
            return self
        kept = [replace(row, readership=left) for row, left in rows if left is not None]
        return Batch(kept) if kept else None

    def joined(self, late: Sequence[Unit]) -> Batch:
        """Let units ride along that ask about inputs of this batch; see `sources` for which may."""
        by_input: dict[Input, list[Unit]] = {}
        for unit in late:
            by_input.setdefault(unit.input, []).append(unit)
        now = Readerships()
        rows = []
        for row in self.rows:
            if of_row := by_input.get(row.piece.source):
                piece = Piece([*row.piece.units, *of_row])
                row = replace(row, piece=piece, readership=now.of(piece.units) or row.readership)
            rows.append(row)
        return Batch(rows)

    @property
    def sources(self) -> list[Input]:
        """The inputs that run here from bottom to top and as a whole, so that whoever reads them may join."""
        return [row.piece.source for row in self.rows if row.kept is None and len(row.piece.windows) == 1]

    def halves(self) -> Sequence[Batch]:
        """Split between pieces; nothing where all rows are of one."""
        pieces = list(dict.fromkeys(id(row.piece) for row in self.rows))
        if len(pieces) == 1:
            return ()
        left = set(pieces[: len(pieces) // 2])
        return (
            Batch([row for row in self.rows if id(row.piece) in left]),
            Batch([row for row in self.rows if id(row.piece) not in left]),
        )


def plan(
    units: Sequence[Unit],
    batch_tokens: int,
    costs: Costs = Costs(),  # noqa: B008 - frozen
    multiple: int = 1,
    kept: Callable[[Row], Kept | None] = lambda row: None,
    fused: Callable[[Readership], object] = lambda readership: None,
) -> list[Batch]:
    """Merge units of equal inputs, and cut their windows, sorted by length, where `costs` says it is cheapest.

    No batch has more than `batch_tokens` padded tokens, but for a window that is longer by itself: that runs alone.
    Rows of which `kept` gives states go apart, and so do joined ones; and those whose readers are `fused` in one graph,
    where that is cheaper than to fill batches with rows of all readers. The batch with the most urgent unit is first.
    """
    fresh: list[Row] = []
    resumed: list[Row] = []
    joined: list[Row] = []
    readerships = Readerships()
    for piece in merge(units):
        if readership := readerships.of(piece.units):
            for index in range(len(piece.windows)):
                row = Row(piece, index, readership)
                if row.window.sides:
                    joined.append(row)
                    continue
                states = kept(row)
                if states is None:
                    fresh.append(row)
                else:
                    resumed.append(replace(row, kept=states))
    cutter = Cutter(batch_tokens, costs, multiple)
    batches = [*cutter.cut_fresh(fresh, fused), *cutter.cut(resumed)[1], *cutter.cut(joined)[1]]
    return sorted(batches, key=lambda batch: batch.urgency) if len(batches) > 1 else batches


def merge(units: Sequence[Unit]) -> list[Piece]:
    """Put the units of equal inputs together, in order of arrival."""
    by_input: dict[Input, list[Unit]] = {}
    for unit in units:
        by_input.setdefault(unit.input, []).append(unit)
    return [Piece(of_input) for of_input in by_input.values()]


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts rows into batches where it is cheapest, and tells what that costs: milliseconds, as far as `costs` knows."""

    batch_tokens: int
    costs: Costs
    multiple: int

    def cut_fresh(self, rows: list[Row], fused: Callable[[Readership], object]) -> list[Batch]:
        """Cut rows that go up the stem; those of one fused graph apart, if that pays."""
        alike: dict[frozenset[Hashable], list[Row]] = {}
        for row in rows:
            alike.setdefault(row.readership.key, []).append(row)
        apart = [
            group
            for group in alike.values()
            if (len(alike) == 1 or _tokens(group) >= LEAST_APART * self.batch_tokens) and fused(group[0].readership)
        ]
        together = self.cut(rows, fused=len(alike) == len(apart) == 1)
        if len(alike) == 1 or not apart:
            return together[1]
        left = [row for group in alike.values() if not any(group is one for one in apart) for row in group]
        parts = [self.cut(left), *(self.cut(group, fused=True) for group in apart)]
        if sum(cost for cost, _ in parts) < together[0]:
            return [batch for _, batches in parts for batch in batches]
        return together[1]

    def cut(self, rows: list[Row], fused: bool = False) -> tuple[float, list[Batch]]:
        """Cut rows, which are put in order for it; gives the cost and the batches."""
        rows.sort(key=lambda row: (len(row.window), row.readership.depth))
        pieces, layers = _work(rows, fused)
        call, token = self.costs.of_passes(pieces, layers)
        lengths = [len(row.window) for row in rows]
        found = cuts(lengths, self.batch_tokens, call, token, self.multiple)
        padded = sum((end - start) * -(-lengths[end - 1] // self.multiple) * self.multiple for start, end in found)
        return call * len(found) + token * padded, [Batch(rows[start:end]) for start, end in found]


def together(parts: Sequence[Numbers]) -> Numbers:
    """Put numbers of different rows together, ascending; there is one part at least."""
    return parts[0] if len(parts) == 1 else np.sort(np.concatenate(parts))


def _tokens(rows: Iterable[Row]) -> int:
    return sum(len(row.window) for row in rows)


def _work(rows: Sequence[Row], fused: bool) -> tuple[int, float]:
    """Give how many pieces run a pass of such rows, and how many layers' work each row is."""
    readerships = {id(row.readership): row.readership for row in rows}.values()
    graphs = {key for readership in readerships for key in readership.graphs}
    stops = {layer for readership in readerships for layer in readership.stops}
    own = sum(row.readership.own_layers for row in rows) / max(1, len(rows))
    depth = max(stops, default=0) + own
    if fused:
        return 1, depth
    handed = len(stops) + sum(len(row.readership.graphs) for row in rows) / max(1, len(rows)) - 1
    return len(graphs) + len(stops), depth + HANDOVER * handed
