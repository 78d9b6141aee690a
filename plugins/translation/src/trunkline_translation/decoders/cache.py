"""What a decoder remembers of targets on their way, row by row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from trunkline_translation.decoders.memory import Memory
from trunkline_translation.decoders.places import changed, replaced
from trunkline_translation.decoders.states import CellStates, KeyValues

if TYPE_CHECKING:
    from trunkline_translation.decoders.prepared import Prepared

BLOCK = 32
"""Columns by which room for target tokens grows, at least."""


class Cache:
    """Rows at positions of their own, which share one column: the newest token of every row is written there.

    So a row that came later begins at a later column, and a step writes one column for all. `take` and `joined` change
    the cache in its place and give it back; what was joined to another must not be used any more.
    """

    def __init__(self, prepared: Prepared, past: KeyValues | CellStates, memory: Memory) -> None:
        self.prepared, self.past, self.memory = prepared, past, memory
        self.column, self.low = 0, 0
        self.slots: list[int] = []
        self.first: list[int] = []
        self._settle(list(range(len(memory.marks))), [0] * len(memory.marks))

    @property
    def rows(self) -> int:
        return len(self.slots)

    @property
    def device(self) -> torch.device:
        return self.memory.states.keys.device

    @property
    def positions(self) -> list[int]:
        """How many tokens each row has seen."""
        return [self.column - self.first[slot] for slot in self.slots]

    @torch.inference_mode()
    def take(self, rows: Iterable[int]) -> Cache:
        """Leave these rows only, in this order; a row may be repeated, as beams are."""
        slots, sources = replaced(self.slots, [int(row) for row in rows])
        into, moved = changed(sources)
        if len(slots) > self.past.slots:
            self.past = self.past.rebuilt(sources, len(slots), self.past.columns, self.low, self.column, self.low)
        elif into:
            self.past.moved(into, moved, self.low, self.column)
        self.memory.take(sources)
        self._settle(slots, [self.first[slot] for slot in sources])
        return self

    @torch.inference_mode()
    def joined(self, other: Cache) -> Cache:
        """Put another cache's rows behind this one's. Both must come from one decoder."""
        if not other.rows:
            return self
        if not self.rows:
            return other
        needed, span = self.rows + other.rows, other.column - other.low
        if needed > self.past.slots or self.column < span:
            room = self.past.slots if needed <= self.past.slots else needed * 3 // 2
            self._rebuild(room, max(self.past.columns, span + BLOCK), max(self.column, span))
        self.past.put(other.past, self.rows, other.rows, other.low, other.column, self.column - span)  # type: ignore[arg-type]
        self.memory.join(other.memory)
        later = self.column - other.column
        slots = [*self.slots, *(self.rows + slot for slot in other.slots)]
        self._settle(slots, [*self.first, *(first + later for first in other.first)])
        return self

    def _rebuild(self, slots: int, columns: int, column: int) -> None:
        """Move to new storage, so that the next token comes to `column`."""
        by = column - self.column
        start = max(self.low, -by)
        self.past = self.past.rebuilt(range(self.rows), slots, columns, start, self.column, start + by)
        self.first, self.column, self.low = [first + by for first in self.first], column, self.low + by

    def _settle(self, slots: list[int], first: list[int]) -> None:
        self.slots, self.first = slots, first
        self.low = min(first, default=self.column)
        self.even = all(each == self.low for each in first)
        self._gathered = self._spread = None
        if slots != sorted(slots):
            self._gathered = torch.tensor(slots, device=self.device)
            self._spread = self._gathered.argsort()

    def spread(self, ids: Tensor) -> Tensor:
        """Turn one value a row into one a slot."""
        return ids if self._spread is None else ids[self._spread]

    def gathered(self, hidden: Tensor) -> Tensor:
        """Turn one state a slot, (slots, width), into one a row."""
        return hidden if self._gathered is None else hidden[self._gathered]

    def places_of_slots(self) -> Tensor:
        """Give each slot's position, or one for all of them."""
        first = [self.low] if self.even else self.first
        return self.column - torch.tensor(first, device=self.device)

    def opened(self, relative: Tensor | None) -> list[Any]:
        """Give what each layer's own part needs for the next token; `relative` is T5's bias, (heads, T)."""
        if self.column >= self.past.columns:
            live = self.column - self.low
            columns = self.past.columns if 2 * live < self.past.columns else self.past.columns + max(BLOCK, live // 2)
            self._rebuild(self.past.slots, columns, live)
        return self.past.windows(self.rows, self.low, self.column + 1, self._bias(relative))

    def _bias(self, relative: Tensor | None) -> Tensor | None:
        """Give what is added to the scores, (slots or 1, heads or 1, 1, T)."""
        bias = None if relative is None else relative.unsqueeze(0).unsqueeze(2)
        if self.even or isinstance(self.past, CellStates):
            return bias
        columns = torch.arange(self.low, self.column + 1, device=self.device)
        first = torch.tensor(self.first, device=self.device)
        early = (columns < first.unsqueeze(1)).unsqueeze(1).unsqueeze(1)
        added = torch.zeros(early.shape, dtype=self.past.keys.dtype, device=self.device)
        added = added.masked_fill(early, torch.finfo(added.dtype).min)
        return added if bias is None else added + bias
