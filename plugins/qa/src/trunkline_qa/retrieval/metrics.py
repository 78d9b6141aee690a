"""Ranks of right texts, and what they are worth: recall, reciprocal rank, discounted gain.

A query's measures are those of trec_eval with binary relevance; equal scores count against the right text, so that
vectors that are all alike earn nothing. NDCG: Järvelin and Kekäläinen 2002, "Cumulated gain-based evaluation of IR
techniques", with the discount 1 / log2(rank + 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Ranks = tuple[int, ...]
CUTOFFS = (1, 5, 10)
GAIN_CUTOFF = 10
NAMES = (*(f"recall@{cutoff}" for cutoff in CUTOFFS), "mrr", f"ndcg@{GAIN_CUTOFF}")


def ranks(scores: NDArray[np.float32], right: Sequence[int]) -> Ranks:
    """Give the ranks, from 1 and ascending, of the texts numbered in `right` among all `scores` (texts,)."""
    best = sorted((float(score) for score in scores[list(right)]), reverse=True)
    wrong = np.delete(scores, list(right))
    return tuple(place + int((wrong >= score).sum()) for place, score in enumerate(best, 1))


@lru_cache(maxsize=65536)
def of_ranks(found: Ranks) -> tuple[float, ...]:
    """Give a query's measures, as `NAMES` orders them."""
    recalls = [sum(rank <= cutoff for rank in found) / len(found) for cutoff in CUTOFFS]
    ideal = range(1, min(len(found), GAIN_CUTOFF) + 1)
    return (*recalls, 1 / found[0], _gain(found) / _gain(ideal))


def score(found: Sequence[Ranks], shares: Sequence[float]) -> dict[str, float]:
    """Give the means over queries: a row weighs its share of a query. Rows without a right text do not count.

    No figure where no row counts.
    """
    rows = [(of_ranks(one), share) for one, share in zip(found, shares, strict=True) if one]
    if not rows:
        return {}
    weights = np.array([share for _, share in rows])
    means = weights @ np.array([measures for measures, _ in rows]) / weights.sum()
    return dict(zip(NAMES, means.tolist(), strict=True))


def _gain(found: Sequence[int]) -> float:
    return float(sum(1 / np.log2(rank + 1) for rank in found if rank <= GAIN_CUTOFF))
