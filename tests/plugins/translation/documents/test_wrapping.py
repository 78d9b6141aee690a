from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trunkline_translation.documents.wrapping import rewrap, unwrap
from trunkline_translation.text.spans import Span

LINES = st.lists(
    st.text("ab,好 ", min_size=1, max_size=12).filter(lambda line: line == line.strip()), min_size=1, max_size=6
)


@given(LINES)
def test_a_break_stands_for_one_blank_or_none(lines: list[str]) -> None:
    text, breaks = unwrap(lines, ["\n"] * (len(lines) - 1))
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    rewrapped = rewrap(text, len(text), breaks)
    assert rewrapped.replace("\n", "").replace(" ", "") == text.replace(" ", "")
    assert rewrapped.count("\n") <= len(lines) - 1


def test_breaks_keep_their_proportion_and_their_writing() -> None:
    text, breaks = unwrap(["one two", "three four", "five"], ["  \n> ", "\r\n"])
    assert text == "one two three four five"
    assert rewrap("uno dos tres cuatro cinco", len(text), breaks) == "uno dos  \n> tres cuatro\r\ncinco"


def test_no_line_begins_as_a_list_and_no_kept_span_is_broken() -> None:
    assert rewrap("aaaa - bb cc", 9, [(4, "\n")]) == "aaaa -\nbb cc"
    assert rewrap("aaaa 1. bb cc", 9, [(4, "\n")]) == "aaaa 1.\nbb cc"
    assert rewrap("a `x y z` b", 11, [(5, "\n")], [Span(2, 9, "code", "`x y z`")]) == "a\n`x y z` b"
    assert rewrap("word", 9, [(4, "\n")]) == "word"
