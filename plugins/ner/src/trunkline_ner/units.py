"""Units: what gets one tag. A unit is a word, or a run of punctuation, as the tokenizer's word starts cut the text.

Where the data keeps words with signs inside whole (see `joined_words`), such a word is one unit. Then each word of
tagged tokens is learnt with its one tag, as it was marked, and not with one for each of its pieces.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trunkline import Encoded
from trunkline_ner.joined_words import inside, joined_words


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """The units of one input that cover any text, in order."""

    tokens: NDArray[np.intp]  # (u,) the token that opens each, which speaks for it
    starts: NDArray[np.int64]  # (u,) first code point
    ends: NDArray[np.int64]  # (u,) the code point after the last

    def __len__(self) -> int:
        return len(self.tokens)


def units(encoded: Encoded, joined: bool = False) -> Units:
    """Cut an input into units: from one word start up to the next, `joined` words with signs inside left whole."""
    tokens = np.flatnonzero(encoded.word_starts)
    if not len(tokens):
        nothing = np.zeros(0, dtype=np.int64)
        return Units(tokens, nothing, nothing)
    words = _extents(encoded, tokens)
    return _extents(encoded, words.tokens[_opens(words, encoded.source.text)]) if joined and len(words) else words


def _extents(encoded: Encoded, tokens: NDArray[np.intp]) -> Units:
    """Give the units that these tokens open; those that cover nothing are left out."""
    starts, ends = encoded.offsets[:, 0].astype(np.int64), encoded.offsets[:, 1].astype(np.int64)
    covering = ends > starts  # a token of white space alone covers nothing, and says nothing of its unit's extent
    starts = np.minimum.reduceat(np.where(covering, starts, np.iinfo(np.int64).max), tokens)
    ends = np.maximum.reduceat(np.where(covering, ends, -1), tokens)
    kept = ends > starts
    return Units(tokens[kept], starts[kept], ends[kept])


def _opens(words: Units, text: str) -> NDArray[np.bool_]:
    """Tell which words open a unit: all but those inside a joined word that the word before them reaches into."""
    starts, ends = joined_words(text)
    going_on = inside(words.starts, starts, ends)
    before = np.concatenate([[-1], words.ends[:-1]])
    if len(starts):
        going_on &= before > starts[np.maximum(np.searchsorted(starts, words.starts, side="left") - 1, 0)]
    return ~going_on
