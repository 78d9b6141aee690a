"""Rankings by words, by vectors and by both, on a collection of which the right texts are plain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.quality import retrieval_row as row
from benchmarks.quality.searched import Searched

import trunkline

TEXTS = ["the parcel is late .", "refunds take five days .", "we are open from nine .", "the parcel is lost ."]
QUERIES = ["where is my late parcel ?", "when do you open ?", "refunds ?"]
PAIRS = [{"query": query, "text": text} for query, text in (*zip(QUERIES, TEXTS, strict=False), ("lost ?", TEXTS[3]))]


@pytest.fixture
def searched(tiny_trunk: Path) -> Searched:
    right = [frozenset({0, 3}), frozenset({2}), frozenset({1})]
    return Searched("tiny", QUERIES, TEXTS, right, lambda: str(tiny_trunk), pairs=lambda seed: (PAIRS * 4, PAIRS))


def test_recall_counts_queries_with_a_right_text_among_the_first(searched: Searched) -> None:
    found = row.recall([[0, 1], [1, 2], [0, 3]], searched)
    assert (found["recall@1"], found["recall@5"]) == (1 / 3, 2 / 3)
    assert (found["queries"], found["texts"]) == (3, 4)


def test_words_find_what_shares_them(searched: Searched) -> None:
    ranked = row.by_words(searched)
    assert ranked[0][0] == 0
    assert ranked[2][0] == 1
    assert row.recall(ranked, searched)["recall@1"] >= 2 / 3


def test_vectors_are_ranked_by_cosine() -> None:
    dice = np.random.default_rng(0)
    queries, texts = (row.normalised(dice.normal(size=(size, 8)).astype(np.float32)) for size in (7, 200))
    ranked = row.by_vectors(queries, texts)
    for query, found in zip(queries, ranked, strict=True):
        assert found == np.argsort(-(texts @ query), kind="stable")[: row.POOL].tolist()
    assert row.by_vectors(queries, texts[:3])[0] == np.argsort(-(texts[:3] @ queries[0])).tolist()


def test_both_rankings_count_alike() -> None:
    assert row.together([[0, 1, 2]], [[2, 0, 3]]) == [[0, 2, 1, 3]]


def test_the_trunks_vectors_have_length_one(searched: Searched) -> None:
    queries, texts = row.trunk_vectors(searched)
    assert queries.shape == (3, 32)
    assert np.allclose(np.linalg.norm(texts, axis=1), 1, atol=1e-5)


def test_a_version_is_tuned_and_asked(searched: Searched, home: Path) -> None:
    settings = trunkline.Settings(home=home, threads=1)
    found = row.tuned(searched, 0, fork_layer=2, epochs=1, precision="fp32", stem_backend="torch", settings=settings)
    assert found["pairs"] == 16
    assert {"recall@1", "recall@5", "hybrid_recall@1", "hybrid_recall@5", "seconds"} <= found.keys()
