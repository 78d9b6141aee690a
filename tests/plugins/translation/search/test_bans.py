"""What may not follow is what transformers' logits processors forbid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.generation import logits_process as theirs

from trunkline_translation.search import Prompt
from trunkline_translation.search.bans import Bans, penalised

BAD = [[5], [1, 2], [3, 3, 4], [0], [2, 0]]
SAME: list[tuple[dict[str, Any], Any]] = [
    *[({"no_repeat_ngram_size": n}, theirs.NoRepeatNGramLogitsProcessor(n)) for n in (1, 2, 3, 4)],
    ({"banned": tuple(map(tuple, BAD))}, theirs.NoBadWordsLogitsProcessor(BAD, eos_token_id=0)),
    ({"suppressed": (4, 6)}, theirs.SuppressTokensLogitsProcessor([4, 6])),
    ({"min_length": 4}, theirs.MinLengthLogitsProcessor(4, 0)),
]


@pytest.mark.parametrize(("asked", "processor"), SAME, ids=lambda one: str(one) if isinstance(one, dict) else "")
@settings(max_examples=50)
@given(tokens=st.lists(st.integers(0, 7), min_size=1, max_size=12), seed=st.integers(0, 999))
def test_bans_are_those_of_transformers(asked: dict[str, Any], processor: Any, tokens: list[int], seed: int) -> None:
    row = np.random.default_rng(seed).normal(size=8).astype(np.float32)
    expected = processor(torch.tensor([tokens]), torch.from_numpy(row.copy())[None])[0]
    Bans(Prompt(start=(1,), eos=0, max_length=50, **asked)).apply(row, tokens)
    assert row.tolist() == expected.tolist()


@settings(max_examples=50)
@given(tokens=st.lists(st.integers(0, 7), min_size=1, max_size=12), seed=st.integers(0, 999))
def test_penalties_are_those_of_transformers(tokens: list[int], seed: int) -> None:
    row = np.random.default_rng(seed).normal(size=8).astype(np.float32)
    processor = theirs.RepetitionPenaltyLogitsProcessor(1.3)
    for log_sum in (0.0, 2.5):
        expected = processor(torch.tensor([tokens]), torch.from_numpy(row - np.float32(log_sum))[None])[0]
        found = penalised(row, tokens, 1.3, log_sum) - np.float32(log_sum)
        assert found.tolist() == pytest.approx(expected.tolist(), abs=1e-6)
