from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trunkline.trunk import windows as cutting
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.tuning.layout import Layout, flat_targets

TEXTS = ["ada met charles", "i", "the card is lost " * 40, ""]


@pytest.fixture
def tokenizer(tiny_trunk: Path) -> Tokenizer:
    return Tokenizer.from_folder(tiny_trunk)


@pytest.fixture
def windows(tokenizer: Tokenizer) -> list[cutting.Window]:
    encoded = tokenizer.encode([EncoderInput(text) for text in TEXTS])
    return [window for one in encoded for window in cutting.cut(one, tokenizer)]


def test_gathers_the_same_rectangle_as_padding_the_windows(tokenizer: Tokenizer, windows: list[cutting.Window]) -> None:
    """`windows.pad` is what serving uses: training sees the same rows."""
    layout = Layout.of(windows, tokenizer.pad_id)
    assert len(layout) == len(windows) > len(TEXTS)
    for chosen in ([0], [2, 0, 1], list(range(len(windows)))):
        index = layout.index(np.array(chosen), int(layout.lengths[chosen].max()))
        padded = cutting.pad([windows[number] for number in chosen], tokenizer.pad_id)
        np.testing.assert_array_equal(layout.ids[index], padded.ids)
        np.testing.assert_array_equal(layout.type_ids[index], padded.type_ids)
        np.testing.assert_array_equal(index != layout.tokens, padded.mask)


def test_token_targets_lie_where_their_tokens_do(windows: list[cutting.Window]) -> None:
    """Each token's target is its own number: so a window's slots must read its positions, and nothing else."""
    counts = [int(window.positions.max(initial=-1)) + 1 for window in windows]
    per_window = [{"tags": np.arange(count)} for count in counts]
    flat = flat_targets(windows, per_window, "tags", ignore=-100)
    expected = np.concatenate([*(np.where(w.positions < 0, -100, w.positions) for w in windows), [-100]])
    np.testing.assert_array_equal(flat, expected)


def test_targets_that_are_no_whole_numbers_are_filled_with_zero(windows: list[cutting.Window]) -> None:
    tokens = 1 + max(int(window.positions.max(initial=-1)) for window in windows)
    per_window = [{"share": np.ones((tokens, 2), np.float32)} for _ in windows]
    flat = flat_targets(windows, per_window, "share", ignore=-100)
    assert flat.dtype == np.float32
    assert flat.shape[1:] == (2,)
    assert not flat[-1].any()


def test_fingerprint_tells_other_data_apart(tokenizer: Tokenizer, windows: list[cutting.Window]) -> None:
    same = Layout.of(windows, tokenizer.pad_id).fingerprint
    assert Layout.of(windows, tokenizer.pad_id).fingerprint == same
    assert Layout.of(windows[::-1], tokenizer.pad_id).fingerprint != same
