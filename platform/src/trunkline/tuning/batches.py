"""Which windows stand together in a batch: shuffled by the seed to learn from, by length alone to be passed over.

A product over a number of tokens that came never before takes a few times as long, since oneDNN writes its code for it
then: so widths are rounded, and few numbers of tokens come up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

POOL = 50
"""Batches whose windows are sorted together: enough for little padding, few enough to stay shuffled."""
WIDTH_MULTIPLE = 4
"""What widths are rounded up to where windows are learnt from: a tenth less time a step."""
PASS_TOKENS = 5040
"""Padded tokens of a batch to be passed over: enough for efficient products, and more divisors than any less."""


@dataclass(frozen=True, slots=True, eq=False)
class Rectangle:
    """Windows to be passed over together, padded to a width."""

    windows: NDArray[np.intp]
    width: int


def epoch(lengths: NDArray[np.int64], size: int, seed: int, number: int) -> list[NDArray[np.intp]]:
    """Give the batches of epoch `number`, each an array of window numbers.

    The order depends on (seed, number) alone, so that a resumed run needs to remember no generator.
    """
    generator = np.random.default_rng([seed, number])
    order = generator.permutation(len(lengths))
    batches: list[NDArray[np.intp]] = []
    for start in range(0, len(order), size * POOL):
        pool = order[start : start + size * POOL]
        batches += _cut(pool[np.argsort(lengths[pool], kind="stable")], size)
    return [batches[place] for place in generator.permutation(len(batches))]


def count(windows: int, size: int) -> int:
    """Batches in an epoch."""
    pools, rest = divmod(windows, size * POOL)
    return pools * POOL + -(-rest // size)


def in_order(lengths: NDArray[np.int64]) -> list[Rectangle]:
    """Cut all windows, longest first, into rectangles of `PASS_TOKENS` each, but for the last.

    Widths are divisors of that number, though never more than the longest window's length: a trunk may have no more
    positions. A window beyond the number has a rectangle of its own.
    """
    order = np.argsort(-lengths, kind="stable")
    rectangles: list[Rectangle] = []
    start = 0
    while start < len(order):
        longest = int(lengths[order[start]])
        width = min(_divisor(longest), int(lengths[order[0]]))
        end = start + max(1, PASS_TOKENS // width)
        rectangles.append(Rectangle(order[start:end], width))
        start = end
    return rectangles


def rounded(longest: int, ceiling: int) -> int:
    """Give the width of a batch to learn from, whose longest window has `longest` tokens, of at most `ceiling`."""
    return min(-(-longest // WIDTH_MULTIPLE) * WIDTH_MULTIPLE, ceiling)


def _divisor(least: int) -> int:
    """Give the smallest divisor of `PASS_TOKENS` from `least` on, or `least` where there is none."""
    return next((width for width in range(max(1, least), PASS_TOKENS + 1) if PASS_TOKENS % width == 0), least)


def _cut(order: NDArray[np.intp], size: int) -> list[NDArray[np.intp]]:
    return [order[start : start + size] for start in range(0, len(order), size)]
