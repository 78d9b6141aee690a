"""Passages: the text at its place, always; of the right size; overlapping; nothing left out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.testing import HOSTILE_TEXTS
from trunkline_qa.knowledge.passages import ENOUGH, MOST, OVERLAP, PIECE, passages, words
from trunkline_qa.knowledge.sentences import sentences


def check(text: str) -> None:
    """Passages go on, stay in size, and together hold all but blanks."""
    cut = passages(text)
    reached = last = 0
    for start, end in cut:
        assert 0 <= last <= start < end <= len(text)
        assert end > reached
        assert text[start:end] == text[start:end].strip()
        assert not text[reached:start].strip()
        assert words(text[start:end]) <= MOST + 1 + len(text[start:end].split()) * 0.5
        reached, last = end, start
    assert not text[reached:].strip()


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_hostile_texts(text: str) -> None:
    check(text)


_PIECES = st.sampled_from(
    [
        "Lost parcels are refunded. ",
        "五天内退款。",
        "退",
        "\n\n",
        " ",
        "a" * 400,
        "สวัสดีชาวโลก",
        "e\u0301",
        "12.5 ",
        "Why? ",
        "x ",
    ]
)


@given(st.lists(st.tuples(_PIECES | st.text(max_size=5), st.integers(1, 60)), max_size=12))
def test_any_text(parts: list[tuple[str, int]]) -> None:
    check("".join(piece * times for piece, times in parts).encode("utf-8", "ignore").decode())


def test_english_is_cut_at_sentences_of_the_right_size() -> None:
    text = " ".join(f"Parcel number {number} that was lost on its way is refunded soon." for number in range(100))
    cut = passages(text)
    assert len(cut) == 13
    starts, ends = {start for start, _ in sentences(text)}, {end for _, end in sentences(text)}
    for start, end in cut:
        assert start in starts
        assert end in ends
    assert all(ENOUGH - 12 < words(text[start:end]) <= MOST for start, end in cut[:-1])


def test_two_sentences_open_the_next_passage_too() -> None:
    text = " ".join(f"Parcel number {number} that was lost on its way is refunded soon." for number in range(100))
    cut = passages(text)
    for (_, end), (start, _) in pairwise(cut):
        assert len(list(sentences(text[start:end]))) == 2


def test_chinese_is_counted_by_characters() -> None:
    text = "包裹丢失后我们会在五天之内退款。" * 100
    cut = passages(text)
    assert all(180 < end - start <= 300 for start, end in cut[:-1])
    assert all(text[end - 1] == "。" for _, end in cut)


def test_a_sentence_without_end_is_cut_and_overlaps() -> None:
    text = "parcel " * 1000
    cut = passages(text)
    assert all(words(text[start:end]) <= MOST for start, end in cut)
    shared = [words(text[start:end]) for (_, end), (start, _) in pairwise(cut)]
    assert shared == [PIECE] * len(shared)
    assert PIECE <= OVERLAP
    assert all(text[start:end].startswith("parcel") and text[start:end].endswith("parcel") for start, end in cut)


def test_a_text_that_fits_is_one_passage() -> None:
    assert passages(" Lost. \n") == [(1, 6)]
    assert passages(" \n ") == []
