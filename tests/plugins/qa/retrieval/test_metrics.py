"""Ranks and their measures: by hand, and as scikit-learn computes them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import label_ranking_average_precision_score, ndcg_score

from trunkline_qa.retrieval import metrics


def test_ranks_by_hand() -> None:
    scores = np.array([0.1, 0.9, 0.5, 0.7], np.float32)
    assert metrics.ranks(scores, [1]) == (1,)
    assert metrics.ranks(scores, [0, 2]) == (3, 4)
    assert metrics.ranks(scores, [0, 1, 2, 3]) == (1, 2, 3, 4)
    assert metrics.ranks(scores, []) == ()


def test_equal_scores_count_against_the_right_text() -> None:
    """Vectors that are all alike find nothing."""
    alike = np.full(20, 0.5, np.float32)
    assert metrics.ranks(alike, [0]) == (20,)
    assert metrics.ranks(alike, [0, 7]) == (19, 20)
    assert metrics.ranks(np.array([0.5, 0.5, 0.1], np.float32), [1]) == (2,)


def test_measures_by_hand() -> None:
    figures = dict(zip(metrics.NAMES, metrics.of_ranks((2, 6, 30)), strict=True))
    assert figures["recall@1"] == 0
    assert figures["recall@5"] == pytest.approx(1 / 3)
    assert figures["recall@10"] == pytest.approx(2 / 3)
    assert figures["mrr"] == 0.5
    gain, best = 1 / np.log2(3) + 1 / np.log2(7), 1 + 1 / np.log2(3) + 1 / np.log2(4)
    assert figures["ndcg@10"] == pytest.approx(gain / best)
    assert metrics.of_ranks((1, 2, 3))[-2:] == (1.0, pytest.approx(1.0))
    assert metrics.of_ranks((11,))[-1] == 0


@pytest.mark.parametrize("relevant", [1, 3, 15])
def test_measures_are_those_of_scikit_learn(relevant: int) -> None:
    """Of one right text the reciprocal rank is the average precision."""
    random = np.random.default_rng(relevant)
    scores = random.normal(size=(50, 40)).astype(np.float32)
    right = [random.permutation(40)[:relevant].tolist() for _ in range(50)]
    truth = np.zeros((50, 40), int)
    for row, places in enumerate(right):
        truth[row, places] = 1
    found = [metrics.ranks(row, places) for row, places in zip(scores, right, strict=True)]
    figures = metrics.score(found, [1.0] * 50)
    assert figures["ndcg@10"] == pytest.approx(ndcg_score(truth, scores, k=10))
    if relevant == 1:
        assert figures["mrr"] == pytest.approx(label_ranking_average_precision_score(truth, scores))
    top = np.argsort(-scores, axis=1)[:, :5]
    recall = np.take_along_axis(truth, top, axis=1).sum(axis=1) / relevant
    assert figures["recall@5"] == pytest.approx(recall.mean())


def test_a_row_weighs_its_share_and_rows_without_a_right_text_nothing() -> None:
    """Of two queries, one with three rows, the mean is the mean of the queries'."""
    found = [(1,), (1,), (1,), (4,), ()]
    assert metrics.score(found, [1 / 3, 1 / 3, 1 / 3, 1.0, 1.0])["mrr"] == pytest.approx((1 + 1 / 4) / 2)
    assert metrics.score([()], [1.0]) == {}
