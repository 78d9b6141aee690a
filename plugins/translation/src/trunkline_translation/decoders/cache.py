"""What a decoder remembers of targets on their way, row by row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from trunkline_translation.decoders.memory import Memory
from trunkline_translation.decoders.places import Places, changed
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
        self.first: list[int] = []
        self._settle(Places.one_each(len(memory.marks)), [0] * len(memory.marks))

    @property
    def rows(self) -> int:
        return len(self.places.slots)

    @property
    def device(self) -> torch.device:
        return self.memory.states.keys.device

    @property
    def positions(self) -> list[int]:
        """How many tokens each row has seen."""
        return [self.column - self.first[slot] for slot in self.places.slots]

    @torch.inference_mode()
    def take(self, rows: Iterable[int]) -> Cache:
        """Leave these rows only, in this order; a row may be repeated, as beams are."""
        chosen = [int(row) for row in rows]
        self._place(chosen, 1)
        return self

    @torch.inference_mode()
    def joined(self, other: Cache) -> Cache:
        """Put another cache's rows behind this one's. Both must come from one decoder."""
        if not other.rows:
            return self
        if not self.rows:
            return other
        width = max(self.places.width, other.places.width)
        for cache in (self, other):
            if cache.places.width < width:
                cache._place(range(cache.rows), width)
        self._append(other)
        return self

    def _place(self, rows: Iterable[int], width: int) -> None:
        move = self.places.taken(list(rows), width)
        if move.places.width != self.places.width:
            self.past = self.past.rebuilt(
                move.slots, len(move.slots), self.column - self.low + BLOCK, self.low, self.column
            )
            self.first, self.column = [first - self.low for first in self.first], self.column - self.low
        elif (moves := changed(move.slots))[0]:
            self.past.moved(*moves, self.low, self.column)
        self.memory.take(move.groups)
        self._settle(move.places, [self.first[slot] for slot in move.slots])

    def _append(self, other: Cache) -> None:
        count, newcomers, span = self.places.count, other.places.count, other.column - other.low
        slots = self.past.slots
        if slots < count + newcomers:
            slots = (count + newcomers) * 3 // 2
        if slots > self.past.slots or self.column < span:
            self._rebuild(slots, max(self.past.columns, span + BLOCK), max(self.column, span))
        self.past.put(other.past, count, newcomers, other.low, other.column, self.column - span)  # type: ignore[arg-type]
        self.memory.join(other.memory)
        places = Places(self.places.width, (*self.places.slots, *(count + slot for slot in other.places.slots)))
        self._settle(places, [*self.first, *(first + self.column - other.column for first in other.first)])

    def _rebuild(self, slots: int, columns: int, column: int) -> None:
        """Move to new storage, so that the next token comes to `column`."""
        by = column - self.column
        start = max(self.low, -by)
        self.past = self.past.rebuilt(range(self.places.count), slots, columns, start, self.column, start + by)
        self.first, self.column, self.low = [first + by for first in self.first], column, self.low + by

    def _settle(self, places: Places, first: list[int]) -> None:
        self.places, self.first = places, first
        self.low = min(first, default=0)
        self.even = all(each == self.low for each in first)
        self._gathered = None if places.in_order else torch.tensor(places.slots, device=self.device)
        self._spread = None if places.in_order else torch.tensor(places.rows(), device=self.device)

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
        return self.past.windows(self.places.count, self.low, self.column + 1, self._bias(relative))

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
