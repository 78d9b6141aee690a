"""From scores of tokens to answers: the spans with the highest sums, best first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from trunkline import CorruptArtifact, Encoded
from trunkline_qa.messages import MOST_ANSWERS
from trunkline_qa.words import Units

Floats = NDArray[np.float32]
AT_ONCE = 2**22  # spans that are looked at together: memory stays bounded whatever the context's length
POOL = 32  # spans kept for each that is given in the end: most overlap a better one


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the context in code points, and how much likelier than no answer it is, 0 to 1."""

    start: int
    end: int
    score: float


def best(starts: Floats, ends: Floats, parts: Units, encoded: Encoded, most: int) -> list[Span]:
    """Give the best spans of up to `most` parts that do not overlap, best first.

    `starts` and `ends` (n,) are scores above those of no answer, whose sum stands for a span. Every span is looked at.
    Raises `CorruptArtifact` for scores that are not finite.
    """
    if not len(parts):
        return []
    opening, closing = starts[parts.first], ends[parts.last]
    if not (np.isfinite(opening).all() and np.isfinite(closing).all()):
        raise CorruptArtifact("the answer head gave scores that are not finite; its weights are damaged")
    found: list[Span] = []
    taken: list[tuple[int, int]] = []
    for first, last, score in _ranked(opening, closing, min(most, len(parts))):
        if all(last < other[0] or first > other[1] for other in taken):
            taken.append((first, last))
            start = int(encoded.offsets[parts.first[first], 0])
            end = int(encoded.offsets[parts.last[last], 1])
            found.append(Span(start, end, _probability(score)))
            if len(found) == MOST_ANSWERS:
                break
    return found


def _ranked(opening: Floats, closing: Floats, most: int) -> list[tuple[int, int, float]]:
    """Give (first part, last part, score) of the best spans, best first; of equals the shorter, then the earlier."""
    parts, pool = len(opening), POOL * MOST_ANSWERS
    padded = np.concatenate([closing, np.full(most - 1, -np.inf, dtype=np.float32)])
    by_start = sliding_window_view(padded, most)  # (parts, most): closing scores of the spans that each part opens
    step = max(1, AT_ONCE // most)
    firsts, lengths, scores = [], [], []
    for begin in range(0, parts, step):
        sums = opening[begin : begin + step, None] + by_start[begin : begin + step]
        flat = sums.ravel()
        chosen = np.argpartition(-flat, pool)[:pool] if len(flat) > pool else np.arange(len(flat))
        chosen = chosen[np.isfinite(flat[chosen])]
        firsts.append(begin + chosen // most)
        lengths.append(chosen % most)
        scores.append(flat[chosen])
    first, length, score = np.concatenate(firsts), np.concatenate(lengths), np.concatenate(scores)
    order = np.lexsort((first, length, -score))
    return [(int(first[one]), int(first[one] + length[one]), float(score[one])) for one in order]


def _probability(score: float) -> float:
    return float(0.5 * (1.0 + np.tanh(0.5 * score)))
