"""A model of encoder and decoder that an engine runs by itself: tokens in, tokens out, no states between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from trunkline.contract.generation import Generation


@dataclass(frozen=True, slots=True)
class WholeSearch:
    """How answers are looked for; those that share it may be written together."""

    beams: int = 1  # 1 is greedy
    alternatives: int = 1  # at most as many as beams
    length_penalty: float = 1.0
    no_repeat_ngram_size: int = 0  # 0: n-grams may come again
    suppressed: tuple[int, ...] = ()  # tokens that are never written
    longest: int | None = None  # of all orders; with beams, what one is answered depends on where its search ends


@dataclass(frozen=True, slots=True)
class WholeOrder:
    """What is to be read, and how far to write."""

    ids: NDArray[np.int64]  # (tokens,), special ones among them
    prefix: tuple[int, ...]  # what the answer opens with
    longest: int  # tokens that it may have, prefix and end among them


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """One answer."""

    ids: tuple[int, ...]  # prefix among them, without the end
    log_probability: float  # natural, of all its tokens together
    finished: bool  # not cut at the longest length


class WholeModel(Protocol):
    """Used by one thread at a time."""

    def write(self, orders: Sequence[WholeOrder], search: WholeSearch) -> Sequence[Sequence[WholeAnswer]]:
        """Write orders as one batch, which is soonest done where they are about as long.

        Gives each order's answers, best first, one at least.
        """
        ...


class WholeGeneration(Generation, Protocol):
    """Answers that such a model writes; the `memory` of `add` is what the trunk's stem would read, ids (slots,)."""

    def follows(self, prompt: Any) -> bool:
        """Tell whether the model can do what a prompt asks; if not, the version's decoder is asked to; any thread."""
        ...
