"""Reciprocal rank fusion is its formula."""

from __future__ import annotations

import random

import pytest

from trunkline_qa.knowledge.ranking import fused, ranks


def test_the_formula() -> None:
    source = random.Random(0)
    for _ in range(50):
        rankings = [source.sample(range(30), source.randint(0, 20)) for _ in range(source.randint(1, 4))]
        found = dict(fused(rankings))
        assert set(found) == {item for ranking in rankings for item in ranking}
        for item, score in found.items():
            assert score == pytest.approx(sum(1 / (60 + one.index(item) + 1) for one in rankings if item in one))
        assert list(found.values()) == sorted(found.values(), reverse=True)


def test_what_both_rank_high_comes_first_and_equals_keep_their_order() -> None:
    assert [item for item, _ in fused([["a", "b", "c"], ["d", "b", "e"]])] == ["b", "a", "d", "c", "e"]
    assert fused([]) == fused([[], []]) == []


def test_ranks_count_from_one() -> None:
    assert ranks(["x", "y"]) == {"x": 1, "y": 2}
