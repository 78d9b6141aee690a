"""Windows cut into batches: each once, none wider than allowed unless alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from trunkline.archive.stem_states import batches


@pytest.mark.parametrize("batch_tokens", [1, 64, 500, 10**6])
def test_batches_hold_every_window_once_and_keep_to_their_size(batch_tokens: int) -> None:
    lengths = np.random.default_rng(0).integers(2, 64, 333)
    found = list(batches(lengths, batch_tokens))
    assert sorted(np.concatenate(found).tolist()) == list(range(333))
    for windows in found:
        assert len(windows) == 1 or len(windows) * lengths[windows].max() <= batch_tokens
    for windows, after in pairwise(found):  # no batch has room for the next window
        assert (len(windows) + 1) * lengths[after].min() > batch_tokens


def test_no_windows_no_batches() -> None:
    assert list(batches(np.zeros(0, dtype=np.int64), 64)) == []
