"""The nearest vectors are those that sorting all cosines gives; a graph finds nearly all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trunkline_qa.knowledge import nearest
from trunkline_qa.knowledge.nearest import exact


def unit(rows: int, width: int = 16, seed: int = 0) -> Any:
    vectors = np.random.default_rng(seed).normal(size=(rows, width)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def sorted_all(vectors: Any, query: Any, mask: Any, limit: int) -> list[tuple[int, float]]:
    scores = vectors @ query
    order = [row for row in np.argsort(-scores, kind="stable") if mask[row]][:limit]
    return [(int(row), float(scores[row])) for row in order]


@pytest.mark.parametrize("share", [1.0, 0.5, 0.03, 0.0])
@pytest.mark.parametrize("limit", [1, 7, 500])
def test_exact_search_is_sorting(share: float, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "BLOCK", 64)
    vectors, [query] = unit(300), unit(1, seed=1)
    mask = np.random.default_rng(2).random(300) < share
    blocks = [vectors[:10], vectors[10:200], vectors[200:]]
    found = exact(blocks, query, mask, limit)
    expected = sorted_all(vectors, query, mask, limit)
    assert [row for row, _ in found] == [row for row, _ in expected]
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-6)


def test_half_precision_costs_a_thousandth() -> None:
    vectors, [query] = unit(300), unit(1, seed=1)
    mask = np.ones(300, np.bool_)
    found = dict(exact([vectors.astype(np.float16)], query, mask, 300))
    assert found == pytest.approx({row: float(score) for row, score in enumerate(vectors @ query)}, abs=1e-3)


def test_a_graph_finds_nearly_all(tmp_path: Path) -> None:
    pytest.importorskip("usearch")
    vectors, queries = unit(3_000), unit(20, seed=1)
    path = tmp_path / "graph"
    nearest.build_graph([vectors[:1_000], vectors[1_000:2_500]], path)
    graph = nearest.Graph(path, 2_500)
    mask = np.random.default_rng(2).random(3_000) < 0.7
    recalled = 0
    for query in queries:
        found = graph.nearest([vectors], query, mask, 10)
        expected = sorted_all(vectors, query, mask, 10)
        assert all(mask[row] for row, _ in found)
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
        assert [score for _, score in found] == pytest.approx(
            [float(vectors[row] @ query) for row, _ in found], abs=5e-3
        )
        recalled += len({row for row, _ in found} & {row for row, _ in expected})
    assert recalled >= 0.9 * 200
    rare = np.zeros(3_000, np.bool_)
    rare[[3, 2_700]] = True
    assert {row for row, _ in graph.nearest([vectors], queries[0], rare, 10)} == {3, 2_700}
