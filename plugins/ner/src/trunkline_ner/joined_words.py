"""Words that hold signs: `U.S`, `@ada`, `don't`, `2017-11-21`, `https://a.org/b`, one word each to a reader.

Tokenizers cut them at every sign. Whether entities respect them is a matter of how the data was marked: where tokens
were marked they do; where characters were, `London` may be marked in `London-based`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_LETTER = "A-Za-z0-9\u00c0-\u058f\u1e00-\u1fff"  # Latin, Greek, Cyrillic, Armenian: scripts with spaces and case
_CLITIC = rf"['\u2019](?:s|m|d|re|ve|ll)(?![{_LETTER}])"  # `'s` is a word of its own
_SIGN = r"[.'\u2019\-_/@#&:+~=%?]"
_WORD = rf"[@#]?[{_LETTER}]+(?:(?:(?!{_CLITIC}){_SIGN})+[{_LETTER}]+)*"
_JOINED = re.compile(rf"{_WORD}|{_CLITIC}", re.IGNORECASE)

TOLERATED = 0.005
"""Share of marked spans that may begin or end inside a joined word before such words are cut at every sign."""


def joined_words(text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give (w,) first code points of the joined words of `text`, and (w,) the code points after their last."""
    found = np.array([match.span() for match in _JOINED.finditer(text)], dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def entities_keep_whole(marked: Iterable[tuple[str, Iterable[tuple[int, int]]]]) -> bool:
    """Tell whether spans, given with their texts, hardly ever cut a joined word."""
    cut = total = 0
    for text, spans in marked:
        edges = np.array(list(spans), dtype=np.int64).reshape(-1, 2)
        total += len(edges)
        cut += int(inside(edges, *joined_words(text)).any(axis=1).sum()) if len(edges) else 0
    return cut <= TOLERATED * total


def inside(positions: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which positions, of any shape, lie strictly inside one of the words."""
    if not len(starts):
        return np.zeros(positions.shape, dtype=np.bool_)
    word = np.searchsorted(starts, positions, side="left") - 1  # the last word that begins before
    return np.asarray((word >= 0) & (positions < ends[np.maximum(word, 0)]), dtype=np.bool_)
