"""The passages whose vectors are nearest to a question's: all are compared, or a graph of them is walked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from trunkline_qa.knowledge.embedding import Floats

Mask = NDArray[np.bool_]
BLOCK = 16_384  # rows that are compared at once: what half precision is widened to stays small
SPARSE = 0.1  # share of rows below which only those are read
OVERSAMPLED = 4  # times as many as are wanted are taken from a graph, for those that the mask drops
EXACT_ROWS = 100_000
"""Up to so many vectors each is compared; above, a graph is walked where usearch is installed."""


def exact(blocks: Sequence[NDArray[Any]], query: Floats, mask: Mask, limit: int) -> list[tuple[int, float]]:
    """Give (row, cosine) of the `limit` nearest among the rows that `mask` allows, nearest first.

    `blocks` hold the rows (n, dimension), all of length 1 as `query` (dimension,) is.
    """
    rows, scores, begin = [], [], 0
    for whole in blocks:
        for start in range(0, len(whole), BLOCK):
            block = whole[start : start + BLOCK]
            allowed = np.flatnonzero(mask[begin : begin + len(block)])
            if len(allowed):
                rows.append(begin + allowed)
                scores.append(_products(block, query, allowed))
            begin += len(block)
    if not rows:
        return []
    return _best(np.concatenate(rows), np.concatenate(scores), limit)


def _products(block: NDArray[Any], query: Floats, allowed: NDArray[np.intp]) -> Floats:
    """Multiply on this thread alone: BLAS's own would go on turning on the cores that the models want."""
    sparse = len(allowed) < SPARSE * len(block)
    read = np.asarray(block[allowed] if sparse else block, np.float32)
    with _blas().limit(limits=1, user_api="blas"):
        products: Floats = read @ query
    return products if sparse else products[allowed]


def _best(rows: NDArray[np.intp], scores: Floats, limit: int) -> list[tuple[int, float]]:
    if len(rows) > limit:
        kept = np.argpartition(-scores, limit - 1)[:limit]
        rows, scores = rows[kept], scores[kept]
    order = np.lexsort((rows, -scores))
    return [(int(rows[one]), float(scores[one])) for one in order]


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


def graphs_are_possible() -> bool:
    """Tell whether usearch is installed (the extra `index`)."""
    return find_spec("usearch") is not None


def build_graph(blocks: Sequence[NDArray[Any]], path: Path) -> None:
    """Write a graph of all rows, keyed by their places. Needs usearch."""
    from usearch.index import Index

    graph = Index(ndim=blocks[0].shape[1], metric="ip", dtype="f16")
    begin = 0
    for whole in blocks:
        for start in range(0, len(whole), BLOCK):
            block = np.asarray(whole[start : start + BLOCK], np.float32)
            graph.add(np.arange(begin, begin + len(block), dtype=np.uint64), block)
            begin += len(block)
    graph.save(str(path))


class Graph:
    """An approximate nearest-neighbour graph of the first `rows` rows, walked in about a millisecond."""

    def __init__(self, path: Path, rows: int) -> None:
        from usearch.index import Index

        self.rows = rows
        self._index = Index.restore(str(path), view=True)

    def nearest(self, blocks: Sequence[NDArray[Any]], query: Floats, mask: Mask, limit: int) -> list[tuple[int, float]]:
        """Give (row, cosine) of about the `limit` nearest; rows that came after the graph was made are compared all.

        Where the mask leaves too few of what the graph gives, every row is compared.
        """
        found = self._index.search(query, OVERSAMPLED * limit)
        rows = np.asarray(found.keys).astype(np.intp)
        kept = mask[rows]
        if kept.sum() < min(limit, int(mask[: self.rows].sum())):
            return exact(blocks, query, mask, limit)
        scores = (1.0 - np.asarray(found.distances, np.float32))[kept]
        later = mask.copy()
        later[: self.rows] = False
        more = exact(blocks, query, later, limit)
        rows = np.concatenate([rows[kept], np.array([row for row, _ in more], np.intp)])
        return _best(rows, np.concatenate([scores, np.array([score for _, score in more], np.float32)]), limit)
