"""Keys and values of the memories, one copy for each sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from trunkline_translation.decoders.places import changed
from trunkline_translation.decoders.states import KeyValues, Window

ROOM = 16
"""Columns are made in multiples of this, so that a longer newcomer seldom needs new storage."""


@dataclass
class Memory:
    """The keys and values of every group; `marks` are each group's additions to its scores, (its length,)."""

    states: KeyValues
    marks: list[Tensor]
    _windows: list[Window] | None = None

    @classmethod
    def of(cls, keys: Tensor, values: Tensor, seen: Tensor) -> Memory:
        """Keys (layers, B, heads, head width, S), values (layers, B, heads, S, head width), seen (B, S) bool."""
        ends = torch.arange(1, seen.shape[1] + 1, device=seen.device) * seen
        lengths = ends.amax(dim=1).clamp(min=1).tolist()
        added = torch.zeros(seen.shape, dtype=keys.dtype, device=keys.device)
        added = added.masked_fill(~seen, torch.finfo(keys.dtype).min)
        return cls(KeyValues(keys, values), [row[:length] for row, length in zip(added, lengths, strict=True)])

    @property
    def length(self) -> int:
        return max(len(mark) for mark in self.marks)

    def windows(self) -> list[Window]:
        if self._windows is None:
            self._windows = self.states.windows(len(self.marks), 0, self.length, self._bias())
        return self._windows

    def _bias(self) -> Tensor | None:
        """Give what is added to the scores, (groups, 1, 1, length), or None where nothing is masked."""
        lowest = torch.finfo(self.states.keys.dtype).min
        padded = pad_sequence(self.marks, batch_first=True, padding_value=lowest)
        return padded.unsqueeze(1).unsqueeze(1) if padded.any() else None

    def take(self, groups: Sequence[int]) -> None:
        """Keep these groups, in this order."""
        if list(groups) == list(range(len(self.marks))):
            return
        into, sources = changed(groups)
        if into:
            self.states.moved(into, sources, 0, self.length)
        self.marks, self._windows = [self.marks[group] for group in groups], None

    def join(self, other: Memory) -> None:
        """Put another's groups behind these."""
        here, there = len(self.marks), len(other.marks)
        length = max(self.length, other.length)
        if here + there > self.states.slots or not length <= self.states.columns <= 2 * length + ROOM:
            slots = max(self.states.slots, here + there)
            columns = -(-length // ROOM) * ROOM
            self.states = self.states.rebuilt(range(here), slots, columns, 0, self.length)
        self.states.put(other.states, here, there, 0, other.length, 0)
        self.marks, self._windows = [*self.marks, *other.marks], None
