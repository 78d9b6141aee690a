"""Hidden states that were computed before, in memory: an input that comes again skips the stem."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trunkline.trunk.windows import Window

Kept = Mapping[int, NDArray[np.float32]]  # layer -> (slots, width), as the next layer reads it
OVERHEAD = 512  # bytes that an entry takes besides its states, about


@dataclass(frozen=True, slots=True)
class Key:
    """The tokens of a window: what its states depend on, besides the trunk."""

    ids: bytes
    type_ids: bytes

    @classmethod
    def of(cls, window: Window) -> Key:
        return cls(window.ids.tobytes(), window.type_ids.tobytes())


class StateCache:
    """One trunk's states at the layers at which versions leave it, at most `bytes_`; the longest unused goes first.

    Used by the trunk's own thread alone.
    """

    def __init__(self, bytes_: int) -> None:
        self.limit = bytes_
        self.size = 0
        self._entries: OrderedDict[Key, dict[int, NDArray[np.float32]]] = OrderedDict()

    def __bool__(self) -> bool:
        """Whether anything is kept at all."""
        return self.limit > 0

    def get(self, window: Window, layers: Iterable[int]) -> Kept | None:
        """Give a window's states where all of `layers` are kept."""
        key = Key.of(window)
        entry = self._entries.get(key)
        if entry is None or not all(layer in entry for layer in layers):
            return None
        self._entries.move_to_end(key)
        return entry

    def put(self, window: Window, layer: int, states: NDArray[np.float32]) -> None:
        """Keep a copy of one window's states (slots, width) at `layer`."""
        key = Key.of(window)
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = {}
            self.size += OVERHEAD
        if layer not in entry:
            entry[layer] = states.copy()
            self.size += states.nbytes
        self._entries.move_to_end(key)
        while self.size > self.limit and self._entries:
            _, oldest = self._entries.popitem(last=False)
            self.size -= OVERHEAD + sum(array.nbytes for array in oldest.values())
