"""What a search asks of an engine's decoder: torch, OpenVINO, CTranslate2 or a test's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]
Rows = NDArray[np.intp]


class StepCache(Protocol):
    """What a decoder keeps of rows that are being written: keys and values, positions, recurrent states.

    Rows may differ in their number of tokens so far and in the length of their memory.
    """

    @property
    def rows(self) -> int: ...

    def take(self, rows: Rows, /) -> Self:
        """Give a cache of these rows, in this order: a row may come several times or not at all.

        The cache that it is taken from is not used any more.
        """
        ...

    def joined(self, other: Self, /) -> Self:
        """Give a cache of the rows of this one, then those of `other`; neither of them is used any more."""
        ...


Cache = TypeVar("Cache", bound=StepCache)


class StepDecoder(Protocol[Cache]):
    """A decoder that reads one token of each row at a time. A session calls it from one thread at a time."""

    def start(self, memories: Sequence[Floats], /) -> Cache:
        """Begin a row for each of `memories`, each (slots, width): the encoder's states without padding."""
        ...

    def step(self, ids: Ids, cache: Cache, /) -> Floats:
        """Read one more token of each row, `ids` (rows,), which advances `cache` in place.

        Returns logits of the tokens to come, (rows, vocabulary). A session may overwrite them before its next step.
        """
        ...
