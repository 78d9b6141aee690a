"""Windows cover everything, and joined they are the whole again."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.errors import InvalidInput
from trunkline.trunk import windows
from trunkline.trunk.inputs import Encoded, EncoderInput
from trunkline.trunk.template import Frame, Part, Template
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.trunk.windows import Window, cut, join, pad


class Bert:
    """A template and a limit: all that cutting wants."""

    max_length = 24
    template = Template(
        Frame((Part((101,), (0,)), Part((102,), (0,))), (0,)),
        Frame((Part((101,), (0,)), Part((102,), (0,)), Part((102,), (1,))), (0, 1)),
    )


def numbered(first: int, second: int | None = None) -> Encoded:
    """An input whose tokens are their own numbers, from 1,000."""
    total = first + (second or 0)
    return Encoded(
        source=EncoderInput("x", None if second is None else "y"),
        ids=np.arange(1000, 1000 + total, dtype=np.int32),
        offsets=np.zeros((total, 2), dtype=np.int32),
        sides=np.repeat(np.array([0, 1], dtype=np.int8), [first, total - first]),
        word_starts=np.ones(total, dtype=np.bool_),
    )


def check(encoded: Encoded, windows: list[Window], limit: int) -> None:
    """Each token is in a window, windows fit, and what is joined is each token's own output."""
    assert all(len(window) <= limit for window in windows)
    for window in windows:
        content = window.positions >= 0
        assert (window.ids[content] == encoded.ids[window.positions[content]]).all()
        if encoded.source.pair is not None:
            assert (window.type_ids[content] == encoded.sides[window.positions[content]]).all()
    joined = join("token", [window.ids.astype(np.float32) for window in windows], windows, len(encoded))
    assert joined.tolist() == encoded.ids.tolist()


@settings(max_examples=300, deadline=None)
@given(
    first=st.integers(0, 150),
    second=st.none() | st.integers(0, 150),
    limit=st.integers(5, 24),
    stride=st.none() | st.integers(0, 30),
)
def test_every_token_is_covered(first: int, second: int | None, limit: int, stride: int | None) -> None:
    encoded = numbered(first, second)
    room = limit - (2 if second is None else 3)
    if stride is not None and stride >= room:
        with pytest.raises(InvalidInput, match="overlap"):
            cut(encoded, Bert(), limit, stride)
    else:
        check(encoded, cut(encoded, Bert(), limit, stride), limit)


def test_a_text_that_fits_is_one_window() -> None:
    assert len(cut(numbered(22), Bert())) == 1
    assert len(cut(numbered(23), Bert())) == 2
    assert len(cut(numbered(10, 11), Bert())) == 1


@pytest.mark.parametrize("length", [0, 1, 7, 22])
def test_the_short_way_of_a_text_that_fits_gives_what_the_long_way_does(length: int) -> None:
    encoded, frame = numbered(length), Bert.template.single
    [short] = cut(encoded, Bert())
    long = windows._window(encoded, frame, ((0, length),), (length,))
    for name in ("ids", "type_ids", "positions", "depths"):
        np.testing.assert_array_equal(getattr(short, name), getattr(long, name))
        assert getattr(short, name).dtype == getattr(long, name).dtype


def test_windows_overlap_by_a_quarter_and_none_is_a_rest() -> None:
    windows = cut(numbered(100), Bert())
    assert {len(window) for window in windows} == {24}
    for left, right in pairwise(windows):
        shared = set(left.positions.tolist()) & set(right.positions.tolist()) - {-1}
        assert len(shared) >= 22 // 4


def test_a_short_question_stands_in_every_window() -> None:
    for encoded, side in ((numbered(4, 100), 0), (numbered(100, 4), 1)):
        for window in cut(encoded, Bert()):
            assert np.count_nonzero(window.type_ids[window.positions >= 0] == side) == 4
            assert len(window) == 24


def test_two_long_sides_walk_together() -> None:
    windows = cut(numbered(100, 60), Bert())
    assert all(np.count_nonzero(window.positions >= 100) == 10 for window in windows)
    starts = [int(window.positions[window.positions >= 100][0]) for window in windows]
    assert starts == sorted(starts)
    assert len(windows) < 20, "linear in the longer side, not the product of both"


def test_a_token_is_taken_where_it_lies_deepest() -> None:
    encoded = numbered(100)
    windows = cut(encoded, Bert())
    ordinal = [np.full(len(window), index, dtype=np.float32) for index, window in enumerate(windows)]
    chosen = join("token", ordinal, windows, 100).astype(int)

    def depth(token: int, window: Window) -> float:
        inside = window.positions[window.positions >= 0]
        if token not in inside:
            return -1
        left = token - inside[0] if inside[0] > 0 else np.inf
        right = inside[-1] - token if inside[-1] < 99 else np.inf
        return float(min(left, right))

    for token in range(100):
        depths = [depth(token, window) for window in windows]
        assert depths[chosen[token]] == max(depths)


def test_text_outputs_are_averaged() -> None:
    windows = cut(numbered(100), Bert())
    outputs = [np.array([index, 2.0 * index], dtype=np.float32) for index in range(len(windows))]
    expected = np.mean(np.stack(outputs), axis=0)
    assert np.allclose(join("text", outputs, windows, 100), expected)
    assert join("text", outputs[:1], windows[:1], 5) is outputs[0]


def test_join_takes_padded_outputs_and_many_axes() -> None:
    encoded = numbered(30)
    windows = cut(encoded, Bert())
    batch = pad(windows, 0, multiple=32)
    outputs = [np.repeat(row[:, None], 3, axis=1).astype(np.float32) for row in batch.ids]
    assert (join("token", outputs, windows, 30) == encoded.ids[:, None]).all()
    nothing = cut(numbered(0), Bert())
    assert join("token", [np.zeros((2, 7), dtype=np.float32)], nothing, 0).shape == (0, 7)


def test_padding() -> None:
    windows = [*cut(numbered(3), Bert()), *cut(numbered(7, 2), Bert())]
    batch = pad(windows, pad_id=9, multiple=8)
    assert batch.ids.shape == (2, 16)
    assert batch.mask.sum(axis=1).tolist() == [5, 12]
    assert (batch.ids[~batch.mask] == 9).all()
    assert (batch.type_ids[~batch.mask] == 0).all()
    assert pad(windows, 9, multiple=8, limit=13).ids.shape == (2, 13), "never wider than the trunk's positions"
    assert pad(windows, 9).padded_tokens == 24


@pytest.mark.parametrize("limit", [0, -1, 25])
def test_a_window_that_the_trunk_cannot_read(limit: int) -> None:
    with pytest.raises(InvalidInput, match="reads 1 to 24"):
        cut(numbered(3), Bert(), limit)


def test_a_window_without_room() -> None:
    with pytest.raises(InvalidInput, match="at least 3"):
        cut(numbered(3), Bert(), 2)
    with pytest.raises(InvalidInput, match="at least 5"):
        cut(numbered(3, 3), Bert(), 4)


def test_a_long_real_text(tiny_trunk: Path) -> None:
    tokenizer = Tokenizer.from_folder(tiny_trunk)
    encoded = tokenizer.encode([EncoderInput("my order is late, please help. " * 375)])[0]
    assert len(encoded) == 3000
    check(encoded, cut(encoded, tokenizer), 64)


def apart(first: int, second: int) -> Encoded:
    encoded = numbered(first, second)
    return replace(encoded, source=EncoderInput("x", "y", joined_at=2))


@settings(max_examples=200, deadline=None)
@given(first=st.integers(0, 80), second=st.integers(0, 150))
def test_texts_that_are_joined_above_are_windows_of_their_own_side_by_side(first: int, second: int) -> None:
    encoded = apart(first, second)
    windows = cut(encoded, Bert())
    for window in windows:
        left, right = window.sides
        assert len(window) == len(left) + len(right) <= Bert.max_length
        assert window.ids.tolist() == [*left.ids, *right.ids]
        assert set(window.type_ids.tolist()) == {0}
        assert set(encoded.sides[left.positions[left.positions >= 0]]) <= {0}
        content = window.positions >= 0
        assert (window.ids[content] == encoded.ids[window.positions[content]]).all()
    joined = join("token", [window.ids.astype(np.float32) for window in windows], windows, len(encoded))
    assert joined.tolist() == encoded.ids.tolist()


def test_the_windows_of_a_passage_do_not_depend_on_the_question() -> None:
    short, long = cut(apart(1, 100), Bert()), cut(apart(4, 100), Bert())
    assert len(short) == len(long) > 1
    assert [len(window.sides[1]) for window in short] == [len(window.sides[1]) for window in long]
    assert [window.sides[1].positions.tolist() for window in short] == [
        window.sides[1].positions.tolist() for window in long
    ]
