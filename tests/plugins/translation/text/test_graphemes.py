"""No sign that a reader sees as one is torn: compared with the `regex` library's extended grapheme clusters."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from texts import HOSTILE
from trunkline_translation.text.graphemes import boundary_near, is_boundary

regex = pytest.importorskip("regex")
SIGNS = st.one_of(
    st.sampled_from(
        "a\u0301👨\u200d👩👧🏽🇩🇪🇫\u1112\u1161\u11ab한\r\nก\u0e33\u0915\u094d\u0937\u0600\ufe0f\u20e31\U000e0067"
    ),
    st.characters(exclude_categories=["Cs", "Cn"]),
)


def clusters(text: str) -> set[int]:
    return {0, len(text), *(match.start() for match in regex.finditer(r"\X", text))}


@settings(max_examples=1000, deadline=None)
@given(st.lists(SIGNS, max_size=20).map("".join))
def test_boundaries_are_those_of_unicode(text: str) -> None:
    assert {place for place in range(len(text) + 1) if is_boundary(text, place)} <= clusters(text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text(text: str) -> None:
    assert {place for place in range(len(text) + 1) if is_boundary(text, place)} <= clusters(text)


def test_the_nearest_is_given_and_a_giant_sign_is_torn() -> None:
    assert boundary_near("ab👨‍👩‍👧cd", 4, 1, 7) == 2
    giant = "z" + "\u0301" * 500
    assert boundary_near(giant, 250, 1, 500) == 250
