from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline import InvalidInput
from trunkline_translation.text.cutting import Limits, cut


@given(st.text(max_size=200), st.integers(1, 20))
def test_cuts_cover_the_range_and_hold_the_limit(text: str, most: int) -> None:
    found = cut(text, [(0, len(text))], Limits(characters=most))
    assert "".join(text[start:end] for start, end in found) == text
    assert all(len(text[start:end].strip()) <= most for start, end in found)


def test_clauses_go_before_blanks_and_the_middle_before_the_edges() -> None:
    text = "aa bb cc, dd ee ff gg"
    assert cut(text, [(0, len(text))], Limits(characters=15)) == [(0, 10), (10, 21)]
    text = "aa, bb cc dd ee ff gg"
    assert cut(text, [(0, len(text))], Limits(characters=15)) == [(0, 10), (10, 21)]


def test_a_kept_range_is_not_torn_while_it_fits() -> None:
    text = "aaaa https://x/yyyyyyyyyy bbbb"
    found = cut(text, [(0, len(text))], Limits(characters=20), [(5, 25)])
    assert (5, 25) in [
        (start + len(text[start:end]) - len(text[start:end].lstrip()), start + len(text[start:end].rstrip()))
        for start, end in found
    ]


def test_what_exceeds_either_limit_is_too_long() -> None:
    limits = Limits(10, 2, lambda texts: [len(text.split()) for text in texts])
    assert limits.exceeded(["a b", "a b c", "a" * 11]) == [False, True, True]
    assert Limits(10, 2).exceeded(["a b c"]) == [False]
    with pytest.raises(InvalidInput, match="characters=0"):
        Limits(0)
