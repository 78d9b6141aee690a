"""Hidden states that were computed before, in memory: an input that comes again skips the stem."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

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

    @property
    def digest(self) -> str:
        """A short name of the same, for files."""
        return blake2b(self.ids + self.type_ids, digest_size=16).hexdigest()


class Tier(Protocol):
    """States that are kept elsewhere, on disk; asked where memory has none."""

    def get(self, window: Window, layer: int) -> NDArray[np.float32] | None:
        """Give a window's states (slots, width) at `layer`, None where it has none."""
        ...


class StateCache:
    """One trunk's states at the layers at which versions leave it, at most `bytes_`; the longest unused goes first.

    Used by the trunk's own thread alone.
    """

    def __init__(self, bytes_: int) -> None:
        self.limit = bytes_
        self.size = 0
        self.tiers: tuple[Tier, ...] = ()  # replaced as a whole, by any thread
        self._entries: OrderedDict[Key, dict[int, NDArray[np.float32]]] = OrderedDict()

    def __bool__(self) -> bool:
        """Whether anything is kept at all."""
        return self.limit > 0

    def get(self, window: Window, layers: Iterable[int]) -> Kept | None:
        """Give a window's states where all of `layers` are kept, in memory or in a tier below."""
        key = Key.of(window)
        entry = self._entries.get(key)
        if entry is None or not all(layer in entry for layer in layers):
            return self._from_below(window, layers) if self.tiers else None
        self._entries.move_to_end(key)
        return entry

    def _from_below(self, window: Window, layers: Iterable[int]) -> Kept | None:
        """Bring a window's states up, if tiers have them all."""
        found: dict[int, NDArray[np.float32]] = {}
        for layer in layers:
            states = next((one for tier in self.tiers if (one := tier.get(window, layer)) is not None), None)
            if states is None:
                return None
            found[layer] = states
        for layer, states in found.items() if self else ():
            self.put(window, layer, states)
        return found

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
