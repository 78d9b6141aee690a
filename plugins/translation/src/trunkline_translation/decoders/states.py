"""What a cache holds for every layer: keys and values, or the states of recurrent cells.

Storage has room for more slots and columns than are in use, so that a step writes in place. Room is zeros at first:
what is masked must be finite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


class Window(NamedTuple):
    """What one layer attends to: keys (N, heads, head width, T), values (N, heads, T, head width), a bias of scores.

    `newest_key` and `newest_value`, (N, heads, head width), are the window's last column, to be written.
    """

    keys: Tensor
    values: Tensor
    bias: Tensor | None
    newest_key: Tensor
    newest_value: Tensor


@dataclass
class KeyValues:
    """Keys (layers, slots, heads, head width, columns) and values (layers, slots, heads, columns, head width)."""

    keys: Tensor
    values: Tensor

    @property
    def slots(self) -> int:
        return self.keys.shape[1]

    @property
    def columns(self) -> int:
        return self.keys.shape[-1]

    def windows(self, count: int, start: int, stop: int, bias: Tensor | None) -> list[Window]:
        """Give each layer's window of the first `count` slots, columns from `start` up to `stop`."""
        keys, values = self.keys[:, :count, ..., start:stop], self.values[:, :count, :, start:stop]
        newest_key, newest_value = keys[..., -1].unbind(), values[..., -1, :].unbind()
        layers = zip(keys.unbind(), values.unbind(), newest_key, newest_value, strict=True)
        return [Window(each[0], each[1], bias, each[2], each[3]) for each in layers]

    def moved(self, into: Sequence[int], sources: Sequence[int], start: int, stop: int) -> None:
        """Copy slots to slots, within the columns from `start` up to `stop`."""
        for storage in (self.keys[..., start:stop], self.values[..., start:stop, :]):
            storage[:, into] = storage[:, sources]

    def rebuilt(
        self, sources: Sequence[int], slots: int, columns: int, start: int = 0, stop: int = 0, at: int = 0
    ) -> KeyValues:
        """Give new storage, slots filled from `sources`, the columns from `start` up to `stop` moved to `at`."""
        layers, _, heads, width, _ = self.keys.shape
        keys = self.keys.new_zeros(layers, slots, heads, width, columns)
        values = self.values.new_zeros(layers, slots, heads, columns, width)
        end, chosen = at + stop - start, list(sources)
        keys[:, : len(chosen), ..., at:end] = self.keys[:, chosen, :, :, start:stop]
        values[:, : len(chosen), :, at:end] = self.values[:, chosen, :, start:stop]
        return KeyValues(keys, values)

    def put(self, other: KeyValues, slot: int, count: int, start: int, stop: int, at: int) -> None:
        """Fill `count` slots from `slot` on with another's first, whose columns `start` up to `stop` come to `at`.

        The columns around them become zeros.
        """
        end = at + stop - start
        self.keys[:, slot : slot + count] = 0
        self.values[:, slot : slot + count] = 0
        self.keys[:, slot : slot + count, ..., at:end] = other.keys[:, :count, ..., start:stop]
        self.values[:, slot : slot + count, :, at:end] = other.values[:, :count, :, start:stop]


@dataclass
class CellStates:
    """States (layers, slots, width), which have no columns: what the arguments say of them is left aside."""

    states: Tensor

    @property
    def slots(self) -> int:
        return self.states.shape[1]

    @property
    def columns(self) -> int:
        return torch.iinfo(torch.int64).max

    def windows(self, count: int, start: int, stop: int, bias: Tensor | None) -> list[Tensor]:
        return list(self.states[:, :count].unbind())

    def moved(self, into: Sequence[int], sources: Sequence[int], start: int, stop: int) -> None:
        self.states[:, into] = self.states[:, sources]

    def rebuilt(
        self, sources: Sequence[int], slots: int, columns: int, start: int = 0, stop: int = 0, at: int = 0
    ) -> CellStates:
        states = self.states.new_zeros(self.states.shape[0], slots, self.states.shape[2])
        states[:, : len(sources)] = self.states[:, list(sources)]
        return CellStates(states)

    def put(self, other: CellStates, slot: int, count: int, start: int, stop: int, at: int) -> None:
        self.states[:, slot : slot + count] = other.states[:, :count]
