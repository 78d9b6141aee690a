"""In which order the windows are learnt from: shuffled by the seed, equals in length together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

POOL = 50
"""Batches whose windows are sorted together: enough for little padding, few enough to stay shuffled."""


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


def in_order(lengths: NDArray[np.int64], tokens: int) -> list[NDArray[np.intp]]:
    """Give batches of at most `tokens` padded tokens over all windows, shortest first, each in one batch."""
    order = np.argsort(lengths, kind="stable")
    batches: list[NDArray[np.intp]] = []
    start = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or (end + 1 - start) * lengths[order[end]] > tokens:
            batches.append(order[start:end])
            start = end
    return batches


def _cut(order: NDArray[np.intp], size: int) -> list[NDArray[np.intp]]:
    return [order[start : start + size] for start in range(0, len(order), size)]
