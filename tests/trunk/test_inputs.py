"""What is left of an input of which only the first tokens are read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline import Encoded, EncoderInput


def encoded(*words: int, pair: tuple[int, ...] = ()) -> Encoded:
    """Make an input whose words have so many tokens each, numbered."""
    lengths = [*words, *pair]
    starts = [at == 0 for length in lengths for at in range(length)]
    total = len(starts)
    sides = [0] * sum(words) + [1] * sum(pair)
    ids, offsets = np.arange(total, dtype=np.int32), np.zeros((total, 2), dtype=np.int32)
    return Encoded(EncoderInput("x"), ids, offsets, np.array(sides, np.int8), np.array(starts, np.bool_))


@pytest.mark.parametrize(
    ("words", "tokens", "left"),
    [
        ((1, 1, 1), 2, [0, 1]),
        ((2, 3, 1), 5, [0, 1, 2, 3, 4]),
        ((2, 3, 1), 4, [0, 1]),
        ((2, 3, 1), 6, [0, 1, 2, 3, 4, 5]),
        ((4, 1), 3, [0, 1, 2]),  # the first word alone is longer: it is cut
    ],
)
def test_words_stay_whole(words: tuple[int, ...], tokens: int, left: list[int]) -> None:
    assert encoded(*words).first(tokens).ids.tolist() == left


def test_each_side_is_cut_by_itself() -> None:
    assert encoded(1, 2, pair=(3, 1)).first(2).ids.tolist() == [0, 3, 4]
    assert encoded(1, 2, pair=(2, 1)).first(2).ids.tolist() == [0, 3, 4]
    assert encoded(1, pair=(2, 2)).first(3).ids.tolist() == [0, 1, 2]


LENGTHS = st.lists(st.integers(1, 5), max_size=6).map(tuple)


@given(words=LENGTHS, pair=LENGTHS, tokens=st.integers(1, 20))
def test_as_many_whole_words_as_fit(words: tuple[int, ...], pair: tuple[int, ...], tokens: int) -> None:
    whole = encoded(*words, pair=pair)
    cut = whole.first(tokens)
    for side, lengths in enumerate((words, pair)):
        fitting = [int(total) for total in np.cumsum(lengths) if total <= tokens]
        expected = fitting[-1] if fitting else min(tokens, sum(lengths))
        assert np.count_nonzero(cut.sides == side) == expected
        assert cut.ids[cut.sides == side].tolist() == whole.ids[whole.sides == side][:expected].tolist()
