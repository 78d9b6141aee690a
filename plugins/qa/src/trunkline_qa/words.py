"""Words, as far as answers respect them: what an answer may begin and end with, and how long it may be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trunkline import Encoded

_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff]|[^\W\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff]+|[^\w\s]")
"""A Chinese or Japanese sign, a run of other letters and digits, or a mark."""
_RUN = re.compile(r"\w+")
TOLERATED = 0.02
"""Share of training answers that may cut a run of letters before any token may begin or end an answer."""


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """The parts of a context of which answers are made, in order."""

    first: NDArray[np.intp]  # (u,) the token that opens each
    last: NDArray[np.intp]  # (u,) the token that ends it

    def __len__(self) -> int:
        return len(self.first)


def units(encoded: Encoded, whole_words: bool) -> Units:
    """Cut the context, the input's second side, into words, or into tokens unless `whole_words`."""
    covers = encoded.offsets[:, 1] > encoded.offsets[:, 0]
    own = np.flatnonzero((encoded.sides == 1) & covers)
    if not whole_words or not len(own):
        return Units(own, own)
    opens = encoded.word_starts[own].copy()
    opens[0] = True
    first = np.flatnonzero(opens)
    last = np.append(first[1:], len(own)) - 1
    return Units(own[first], own[last])


def count(text: str) -> int:
    """Count the words of a text."""
    return sum(1 for _ in _WORD.finditer(text))


def keep_words_whole(marked: Iterable[tuple[str, int, int]]) -> bool:
    """Tell whether answers, given as (context, start, end), hardly ever begin or end inside a run of letters.

    In scripts without spaces they do, and tokens are the smallest parts there are.
    """
    total = cut = 0
    for context, start, end in marked:
        total += 1
        cut += any(0 < edge < len(context) and _RUN.fullmatch(context, edge - 1, edge + 1) for edge in (start, end))
    return cut <= TOLERATED * total
