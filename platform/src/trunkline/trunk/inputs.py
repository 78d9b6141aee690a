"""What goes into a trunk: a text or a pair, and the same after tokenisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class EncoderInput:
    """A text, or a pair of texts, that the trunk reads as one. Hashable, so that equal inputs merge.

    A pair with `joined_at` above 0 is read as two texts up to that layer, and as one from there on: what a side's
    states are there does not depend on the other side, so they can be kept (DeFormer, Cao et al., ACL 2020).

    `language` is for trunks that are told one by a token before the text: the source language of M2M100 ("en"), NLLB
    ("eng_Latn") and mBART ("en_XX"), the target language of a Marian of several ("fra"). Empty: the tokenizer's own.
    """

    text: str
    pair: str | None = None
    joined_at: int = 0
    language: str = ""


def joined(inputs: Sequence[EncoderInput], layer: int) -> Sequence[EncoderInput]:
    """Have pairs joined at `layer`; nothing changes where it is 0."""
    if not layer:
        return inputs
    return [one if one.pair is None else replace(one, joined_at=layer) for one in inputs]


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

    def side(self, number: int) -> Encoded:
        """Give one side as a text of its own: 0, the text, or 1, the pair."""
        own = self.sides == number
        text = (self.source.text, self.source.pair or "")[number]
        alone = np.zeros(np.count_nonzero(own), dtype=np.int8)
        source = EncoderInput(text, language=self.source.language)
        return Encoded(source, self.ids[own], self.offsets[own], alone, self.word_starts[own])

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
