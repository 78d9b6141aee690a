"""What goes into a trunk: a text or a pair, and the same after tokenisation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class EncoderInput:
    """A text, or a pair of texts, that the trunk reads as one. Hashable, so that equal inputs merge."""

    text: str
    pair: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """One whole input as content tokens: no special tokens, not truncated, not cut into windows.

    Token outputs that a task sees are aligned with these arrays, row for row.
    """

    source: EncoderInput
    ids: NDArray[np.int32]  # (n,)
    offsets: NDArray[np.int32]  # (n, 2) half-open code points in the token's own side, white space trimmed
    sides: NDArray[np.int8]  # (n,) 0: of the text, 1: of the pair
    word_starts: NDArray[np.bool_]  # (n,) the token opens a word, or a run of punctuation

    def __len__(self) -> int:
        return len(self.ids)

    def first(self, tokens: int) -> Encoded:
        """Give what is left where no more than `tokens` of each side are read: whole words, but for a first too long.

        Half a word would be another word to the trunk.
        """
        if len(self) <= tokens:
            return self
        kept = np.concatenate([self._whole_words(np.flatnonzero(self.sides == side), tokens) for side in (0, 1)])
        return Encoded(self.source, self.ids[kept], self.offsets[kept], self.sides[kept], self.word_starts[kept])

    def _whole_words(self, places: NDArray[np.intp], tokens: int) -> NDArray[np.intp]:
        if len(places) <= tokens:
            return places
        starts = np.flatnonzero(self.word_starts[places[: tokens + 1]])
        last = starts[-1] if starts.size else 0
        return places[: last or tokens]
