"""Writing an answer step by step: what an engine gives of a decoder, and what a task makes of it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Memory = NDArray[np.float32]
"""The states that a decoder attends to, (slots, width): one input's, special tokens among them."""


class DecoderCache(Protocol):
    """What a decoder remembers of some rows, each a sequence that is being written; owned by who asked for it."""

    @property
    def rows(self) -> int: ...

    def take(self, rows: NDArray[np.intp]) -> Self:
        """Give these rows alone, in this order; one may come several times. The cache itself is used no more."""
        ...

    def joined(self, other: Self) -> Self:
        """Give the rows of both, ours first, however long each is by now. Both are used no more."""
        ...


class StepDecoder(Protocol):
    """A version's decoder, loaded by a backend; used by one thread at a time."""

    def start(self, memories: Sequence[Memory]) -> Any:
        """Give a cache with a row for each memory, nothing written yet."""
        ...

    def step(self, ids: NDArray[np.int64], cache: Any) -> NDArray[np.float32]:
        """Read the next token of each row, (rows,): gives the logits of the one after it, (rows, vocabulary).

        The cache goes on to that place.
        """
        ...


class Generation(Protocol):
    """Sequences that are being written together, each from its memory and its prompt; used by one thread at a time.

    Whatever else is being written, an answer is the same.
    """

    def add(self, key: Hashable, memory: Memory, prompt: Any) -> None:
        """Take one more in, from the next step on; a `prompt` is what the task gave to `Inference.generate`.

        Raises `InvalidInput` for a prompt that this version cannot follow.
        """
        ...

    def step(self) -> Sequence[tuple[Hashable, Any]]:
        """Go one token on; gives what is finished, by key: answers, or the exceptions that ended them."""
        ...

    def remove(self, key: Hashable) -> None:
        """Let go of one that nobody waits for; nothing happens where there is none of that key."""
        ...

    @property
    def active(self) -> int:
        """How many are being written, or wait to be."""
        ...
