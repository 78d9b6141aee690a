"""Beginnings of sentences are those that sentencex gives for the whole line, however long it is."""

from __future__ import annotations

from itertools import accumulate

import sentencex
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline_translation.text.sentences import beginnings

SENTENCES = st.sampled_from(
    ["Dr. Smith came. ", "Is it so? ", "No! ", "He lives in the U.S. now. ", "It is 3.5 m. ", "你好。"]
)


@settings(max_examples=50, deadline=None)
@given(st.lists(SENTENCES, max_size=30))
def test_short_lines(parts: list[str]) -> None:
    line = "".join(parts)
    assert list(beginnings(line, "en")) == list(accumulate(map(len, sentencex.segment("en", line))))[:-1]


def test_long_lines_are_cut_as_if_they_were_read_at_once() -> None:
    line = "Dr. Smith came to see us. He left early, did he not? " * 400
    assert list(beginnings(line, "en")) == list(accumulate(map(len, sentencex.segment("en", line))))[:-1]
    assert list(beginnings("a" * 20_000, "en")) == []


def test_lone_surrogates_and_japanese_speech() -> None:
    assert list(beginnings("One\ud800. Two.", "en")) == [6]
    assert list(beginnings("「はい。」と言った。そう。", "ja")) == [10]
