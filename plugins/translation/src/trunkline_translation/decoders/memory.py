"""Keys and values of the memories: one copy for each sentence, which all of its rows (its beams) read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from trunkline_translation.decoders.places import changed, closed_up
from trunkline_translation.decoders.states import KeyValues

ROOM = 16
"""Columns are made in multiples of this, so that a longer newcomer seldom needs new storage."""


class Reading(NamedTuple):
    """What one layer reads: keys (groups, heads, head width, S), values (groups, heads, S, head width), bias or None.

    `spread` names the slot of each place of each group, (groups * places,), and `back` the place of each slot; both are
    None where the slots lie so already. A group with fewer rows than places has a slot that nobody reads.
    """

    keys: Tensor
    values: Tensor
    bias: Tensor | None
    spread: Tensor | None
    back: Tensor | None


class Memory:
    """The keys and values of every group; `groups` names the group of each slot."""

    def __init__(self, keys: Tensor, values: Tensor, seen: Tensor) -> None:
        """Keys (layers, B, heads, head width, S), values (layers, B, heads, S, head width), seen (B, S) bool."""
        ends = torch.arange(1, seen.shape[1] + 1, device=seen.device) * seen
        lengths = ends.amax(dim=1).clamp(min=1).tolist()
        added = torch.zeros(seen.shape, dtype=keys.dtype, device=keys.device)
        added = added.masked_fill(~seen, torch.finfo(keys.dtype).min)
        self.states = KeyValues(keys, values)
        self.marks = [row[:length] for row, length in zip(added, lengths, strict=True)]
        self.groups = list(range(len(self.marks)))
        self._readings: list[Reading] | None = None

    @property
    def length(self) -> int:
        return max((len(mark) for mark in self.marks), default=1)

    def readings(self) -> list[Reading]:
        """Give what each layer reads. It changes with `take` and `join` only."""
        if self._readings is None:
            bias, order = self._bias(), self._order()
            seen = self.states.windows(len(self.marks), 0, self.length, bias)
            self._readings = [Reading(each.keys, each.values, bias, *order) for each in seen]
        return self._readings

    def _bias(self) -> Tensor | None:
        """Give what is added to the scores, (groups, 1, 1, S), or None where nothing is masked."""
        lowest = torch.finfo(self.states.keys.dtype).min
        padded = pad_sequence(self.marks, batch_first=True, padding_value=lowest)
        return padded.unsqueeze(1).unsqueeze(1) if padded.any() else None

    def _order(self) -> tuple[Tensor, Tensor] | tuple[None, None]:
        members: list[list[int]] = [[] for _ in self.marks]
        for slot, group in enumerate(self.groups):
            members[group].append(slot)
        width = max(map(len, members))
        spread = [slot for each in members for slot in [*each, *[each[0]] * (width - len(each))]]
        if spread == list(range(len(self.groups))):
            return None, None
        back = [0] * len(self.groups)
        for group, each in enumerate(members):
            for place, slot in enumerate(each):
                back[slot] = group * width + place
        device = self.states.keys.device
        return torch.tensor(spread, device=device), torch.tensor(back, device=device)

    def take(self, sources: Sequence[int]) -> None:
        """Fill the slots from these; groups of which no slot is left are given up."""
        groups = [self.groups[slot] for slot in sources]
        if groups == self.groups:
            return
        kept = closed_up(groups)
        into, moved = changed(kept)
        if into:
            self.states.moved(into, moved, 0, self.length)
        index = {old: new for new, old in enumerate(kept)}
        self.marks, self.groups = [self.marks[old] for old in kept], [index[group] for group in groups]
        self._readings = None

    def join(self, other: Memory) -> None:
        """Put another's groups and slots behind these."""
        here, there = len(self.marks), len(other.marks)
        length = max(self.length, other.length)
        if here + there > self.states.slots or not length <= self.states.columns <= 2 * length + ROOM:
            slots = max(self.states.slots, here + there)
            columns = -(-length // ROOM) * ROOM
            self.states = self.states.rebuilt(range(here), slots, columns, 0, self.length)
        self.states.put(other.states, here, there, 0, other.length, 0)
        self.marks = [*self.marks, *other.marks]
        self.groups = [*self.groups, *(here + group for group in other.groups)]
        self._readings = None
