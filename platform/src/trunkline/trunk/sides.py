"""One text's tokens as arrays: ids, the characters that each stands for, and where words begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkline.trunk.words import word_starts


@dataclass(frozen=True, slots=True)
class Side:
    """The content tokens of one text, before it is joined with another."""

    ids: NDArray[np.int32]
    offsets: NDArray[np.int32]
    word_starts: NDArray[np.bool_]


def plain_side(encoding: Any) -> Side:
    """Give what `side` would of a text in ASCII that was split at white space and punctuation, in less time."""
    words = np.array(encoding.word_ids, dtype=np.int32)
    starts = np.ones(len(words), dtype=np.bool_)
    starts[1:] = words[1:] != words[:-1]
    offsets = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2)
    return Side(np.array(encoding.ids, dtype=np.int32), offsets, starts)


def side(text: str, ids: Sequence[int], spans: Sequence[tuple[int, int]], words: Sequence[int | None]) -> Side:
    """Give a text's tokens with spans trimmed; `words` tells which of the tokenizer's own words each lies in."""
    offsets = [
        _trimmed(text, *span)
        if text[span[0] : span[0] + 1].isspace() or text[span[1] - 1 : span[1]].isspace()
        else span
        for span in spans
    ]
    return Side(
        ids=np.array(ids, dtype=np.int32),
        offsets=np.array(offsets, dtype=np.int32).reshape(-1, 2),
        word_starts=np.array(word_starts(text, offsets, words), dtype=np.bool_),
    )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave white space out at both ends: byte-level BPE and metaspace count the space before a word as its own."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
