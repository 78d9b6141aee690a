"""The best spans are the best of all there are, and answers keep to words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline import CorruptArtifact, Encoded, EncoderInput
from trunkline_qa import spans, words
from trunkline_qa.spans import best
from trunkline_qa.words import Units, count, keep_words_whole, units


def encoded(lengths: list[int], question: int = 2) -> Encoded:
    """A context of words with so many tokens each, a letter a token, a space between words."""
    offsets, opens, position = [], [], 0
    for length in lengths:
        for piece in range(length):
            offsets.append((position, position + 1))
            opens.append(piece == 0)
            position += 1
        position += 1
    sides = [0] * question + [1] * len(offsets)
    return Encoded(
        EncoderInput("q", "x" * max(0, position - 1)),
        np.zeros(len(sides), np.int32),
        np.array([(0, 1)] * question + offsets, np.int32).reshape(-1, 2),
        np.array(sides, np.int8),
        np.array([True] * question + opens, np.bool_),
    )


scores = st.lists(st.integers(-20, 20), min_size=1, max_size=12)


@settings(max_examples=200)
@given(scores, st.randoms(use_true_random=False), st.integers(1, 5), st.integers(1, 3))
def test_the_first_is_the_best_of_all_spans_and_none_overlaps(lengths, source, most, at_once) -> None:
    whole = encoded([1 + abs(one) % 3 for one in lengths])
    starts, ends = (np.array([source.uniform(-5, 5) for _ in range(len(whole))], np.float32) for _ in range(2))
    parts = units(whole, True)
    before, spans.AT_ONCE = spans.AT_ONCE, at_once  # however few are looked at together
    try:
        found = best(starts, ends, parts, whole, most)
    finally:
        spans.AT_ONCE = before
    every = {
        (int(whole.offsets[parts.first[i], 0]), int(whole.offsets[parts.last[j], 1])):
            float(starts[parts.first[i]] + ends[parts.last[j]])
        for i in range(len(parts)) for j in range(i, min(len(parts), i + most))
    }  # fmt: skip
    assert (found[0].start, found[0].end) in every
    assert every[found[0].start, found[0].end] == pytest.approx(max(every.values()))
    assert found[0].score == pytest.approx(1 / (1 + np.exp(-max(every.values()))), abs=1e-6)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for place, one in enumerate(found):
        assert all(one.end <= other.start or one.start >= other.end for other in found[:place])


def test_the_question_is_never_the_answer() -> None:
    whole = encoded([1, 1], question=3)
    loud = np.array([9, 9, 9, 0, 1], np.float32)
    [first, *_] = best(loud, loud, units(whole, True), whole, 1)
    assert (first.start, first.end) == (2, 3)


def test_no_context_has_no_answer_and_numbers_that_are_none_are_told() -> None:
    nothing = encoded([])
    assert best(np.zeros(2, np.float32), np.zeros(2, np.float32), units(nothing, True), nothing, 5) == []
    whole = encoded([1])
    bad = np.array([0, 0, np.nan], np.float32)
    with pytest.raises(CorruptArtifact, match="not finite"):
        best(bad, bad, units(whole, True), whole, 1)


def test_words_are_kept_whole_or_tokens_stand_for_themselves() -> None:
    whole = encoded([2, 1, 3])
    kept = units(whole, True)
    assert (kept.first.tolist(), kept.last.tolist()) == ([2, 4, 5], [3, 4, 7])
    assert units(whole, False).first.tolist() == [2, 3, 4, 5, 6, 7]
    assert isinstance(kept, Units)


def test_words_are_counted_in_any_script() -> None:
    assert count("within five days.") == 4
    assert count("我爱北京 2008") == 5
    assert count("") == 0


def test_answers_inside_runs_of_letters_are_noticed() -> None:
    english = ("lost parcels are refunded", 5, 12)
    chinese = ("丢失的包裹会退款", 3, 5)
    assert keep_words_whole([english] * 3)
    assert not keep_words_whole([chinese] * 3)
    assert keep_words_whole([english] * 98 + [("lost parcels", 1, 3)])
    assert words.TOLERATED == 0.02
