"""A token drawn by chance from what temperature, `top_k` and `top_p` leave."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trunkline_translation.search.prompt import Sampling
from trunkline_translation.search.protocol import Floats, Ids
from trunkline_translation.search.scores import top

FIRST_LOOK = 128  # of the likeliest tokens; `top_p` looks at all where these do not hold enough


class Sampler:
    """Draws for one of a prompt's samples, `number`, from a generator of its own."""

    def __init__(self, sampling: Sampling, number: int) -> None:
        self._sampling = sampling
        self._random = np.random.default_rng((sampling.seed, number))

    def __call__(self, row: Floats) -> int:
        if row.max() == -np.inf:
            return 0
        ids, probabilities = distribution(row, self._sampling)
        sums = np.cumsum(probabilities)
        place = int(np.searchsorted(sums, self._random.random() * sums[-1], side="right"))
        return int(ids[min(place, len(ids) - 1)])


def distribution(row: Floats, sampling: Sampling) -> tuple[Ids, NDArray[np.float64]]:
    """Give the tokens that may be drawn from logits (vocabulary,) and their probabilities, which sum to 1.

    `top_p` keeps the likeliest tokens until they hold so much together (Holtzman and others 2020).
    """
    if sampling.top_k:
        kept = top(row, sampling.top_k)
        weights = _weights(row[kept], row, sampling.temperature)
        kept = kept[: _nucleus(weights, sampling.top_p, float(weights.sum()))]
    elif sampling.top_p < 1:
        kept = _likeliest(row, sampling)
    else:
        kept = np.flatnonzero(row > -np.inf)
    weights = _weights(row[kept], row, sampling.temperature)
    return kept, weights / weights.sum()


def _likeliest(row: Floats, sampling: Sampling) -> Ids:
    total = float(_weights(row, row, sampling.temperature).sum())
    most = FIRST_LOOK
    while True:
        kept = top(row, most)
        enough = _nucleus(_weights(row[kept], row, sampling.temperature), sampling.top_p, total)
        if enough < len(kept) or len(kept) < most or most == len(row):
            return kept[:enough]
        most = len(row)


def _weights(values: Floats, row: Floats, temperature: float) -> NDArray[np.float64]:
    exact: NDArray[np.float64] = np.exp((values.astype(np.float64) - float(row.max())) / temperature)
    return exact


def _nucleus(weights: NDArray[np.float64], top_p: float, total: float) -> int:
    """Count the tokens, likeliest first, before which less than `top_p` of the total is held; at least one."""
    before = np.cumsum(weights) - weights
    return max(1, int(np.count_nonzero(before < top_p * total))) if top_p < 1 else len(weights)
