"""Texts that are read apart: each side goes up the stem by itself, or its states were kept, and pairs are put together.

A side's states depend on nothing but its own tokens: those of a passage serve every question about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trunkline.backends.backend import Stem
from trunkline.serving.state_cache import Key, StateCache
from trunkline.trunk.windows import Window, pad

States = NDArray[np.float32]  # (slots, width) of one window


@dataclass(frozen=True, slots=True, eq=False)
class Joining:
    """Gives the states of joined windows at the layer at which they are joined."""

    stem: Stem
    cache: StateCache
    pad_id: int
    ran: Callable[[int, int, int], object]  # told of each pass up the stem: rows, padded tokens, useful tokens

    def states(self, windows: Sequence[Window], layer: int, slots: int) -> NDArray[np.float32]:
        """Give (windows, slots, width), padded with zeros. Raises what the stem raises."""
        found: dict[Key, States] = {}
        for number in (0, 1):  # the texts in one rectangle, the pairs in another: they differ in length
            self._find({Key.of(window.sides[number]): window.sides[number] for window in windows}, layer, found)
        joined = np.zeros((len(windows), slots, self.stem.info.width), dtype=np.float32)
        for row, window in zip(joined, windows, strict=True):
            first, second = (found[Key.of(side)] for side in window.sides)
            row[: len(first)] = first
            row[len(first) : len(first) + len(second)] = second
        return joined

    def _find(self, sides: Mapping[Key, Window], layer: int, found: dict[Key, States]) -> None:
        """Add the states of `sides` to what was found: from what is kept, else up the stem, all together."""
        missing: list[tuple[Key, Window]] = []
        for key, window in sides.items():
            kept = None if key in found else self.cache.get(window, (layer,))
            if kept is not None:
                found[key] = kept[layer]
            elif key not in found:
                missing.append((key, window))
        for (key, window), states in zip(missing, self._climbed([window for _, window in missing], layer), strict=True):
            found[key] = states
            if self.cache:
                self.cache.put(window, layer, states)

    def _climbed(self, windows: Sequence[Window], layer: int) -> Iterable[States]:
        if not windows:
            return ()
        tokens = pad(windows, self.pad_id, self.stem.length_multiple, self.stem.info.max_length)
        raw = self.stem.advance(self.stem.embed(tokens), layer).raw()
        self.ran(tokens.rows, tokens.padded_tokens, sum(map(len, windows)))
        return [row[: len(window)] for row, window in zip(raw, windows, strict=True)]
