"""Log-sums are torch's, and the best of a row are those that a full sort gives."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline_translation.search import scores
from trunkline_translation.search.scores import Scores, top


@settings(max_examples=100)
@given(st.integers(0, 10**6), st.integers(1, 12), st.sampled_from([1, 40, 8192, 9001, 20000]), st.booleans())
def test_the_best_are_those_of_a_sort(seed: int, most: int, size: int, coarse: bool) -> None:
    row = np.random.default_rng(seed).normal(size=size).astype(np.float32)
    if coarse:
        row = np.round(row * 2)  # many are equal
    row[:: seed % 7 + 2] = -np.inf
    found = top(row, most)
    expected = np.sort(row[row > -np.inf])[::-1][:most]
    assert row[found].tolist() == expected.tolist()
    assert len(set(found.tolist())) == len(found)


def test_a_long_row_is_folded() -> None:
    row = np.arange(9 * scores.STRIDES + 5, dtype=np.float32)
    assert top(row, 3).tolist() == [len(row) - 1, len(row) - 2, len(row) - 3]
    assert len(scores._folded(row, 3)) < len(row) // 50
    assert top(row, scores.STRIDES).tolist() == list(range(len(row) - 1, len(row) - 1 - scores.STRIDES, -1))


@pytest.mark.parametrize("scale", [0.0, 1.0, 50.0, 1e4])
@pytest.mark.parametrize("shift", [0.0, -200.0, 59.0, 3e5])
def test_log_sums_are_those_of_torch(scale: float, shift: float) -> None:
    row = (np.random.default_rng(3).normal(size=5000) * scale + shift).astype(np.float32)
    row[7] = -np.inf
    expected = torch.logsumexp(torch.from_numpy(row).double(), 0).item()
    assert Scores(5000).log_sum(row) == pytest.approx(expected, rel=1e-6, abs=1e-5)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_not_finite_is_told(bad: float) -> None:
    row = np.zeros(9, np.float32)
    row[4] = bad
    assert math.isnan(Scores(9).log_sum(row))
    assert math.isnan(Scores(9).log_sum(np.full(9, -np.inf, np.float32)))
