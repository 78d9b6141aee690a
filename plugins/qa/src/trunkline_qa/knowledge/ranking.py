"""Rankings made one: reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)
K = 60
"""The constant of the paper: how little the first places count above those that follow."""


def fused(rankings: Sequence[Sequence[Item]], k: int = K) -> list[tuple[Item, float]]:
    """Give (item, sum over the rankings of 1 / (k + rank)), best first; of equals the one that was met first.

    Ranks count from 1; an item that a ranking lacks gets nothing of it. An item stands in a ranking once.
    """
    scores: dict[Item, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, 1):
            scores[item] = scores.get(item, 0.0) + 1 / (k + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])


def ranks(ranking: Sequence[Item]) -> dict[Item, int]:
    """Give each item's rank, from 1."""
    return {item: rank for rank, item in enumerate(ranking, 1)}
