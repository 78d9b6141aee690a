"""Exact match and F1, held against values worked out by the official scripts' rules."""

from __future__ import annotations

import pytest

from trunkline_qa.metrics import best_threshold, normalised, of_answer, report, score


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Cat, a-sat.", "cat asat"),
        ("an apple a day", "apple day"),
        ("U.S.A.", "usa"),
        ("$5.00", "500"),
        ("Theatre", "theatre"),
        ("...", ""),
    ],
)
def test_normalised_as_squad_does(text: str, expected: str) -> None:
    assert normalised(text) == expected


@pytest.mark.parametrize(
    ("said", "right", "exact", "f1"),
    [
        ("the Denver Broncos", ("Denver Broncos",), 1.0, 1.0),
        ("Broncos", ("Denver Broncos",), 0.0, 2 / 3),
        ("Denver Denver", ("Denver Broncos",), 0.0, 0.5),
        ("gold", ("silver", "gold anniversary"), 0.0, 2 / 3),
        ("", ("Denver",), 0.0, 0.0),
        ("", (), 1.0, 1.0),
        ("Denver", (), 0.0, 0.0),
        ("the", ("a",), 1.0, 1.0),
        ("the", ("Denver",), 0.0, 0.0),
    ],
)
def test_the_best_right_answer_counts(said, right, exact, f1) -> None:
    assert of_answer(said, right) == pytest.approx((exact, f1))


@pytest.mark.parametrize(
    ("said", "right", "exact", "f1"),
    [
        ("北京", ("北京",), 1.0, 1.0),
        ("在北京。", ("北京",), 0.0, 2 * 2 / 5),
        ("北大京", ("北京",), 0.0, 2 * 1 / 5),  # the longest run in common, not the signs in common
        ("1998年，", ("1998年",), 1.0, 1.0),
        ("", ("北京",), 0.0, 0.0),
    ],
)
def test_chinese_as_cmrc_does(said, right, exact, f1) -> None:
    assert of_answer(said, right) == pytest.approx((exact, f1))


def test_questions_with_and_without_an_answer_are_told_apart() -> None:
    found = score(["Denver", "", "no"], [("Denver",), (), ()])
    assert found == pytest.approx({"f1": 2 / 3, "exact_match": 2 / 3, "HasAns_f1": 1.0, "HasAns_exact": 1.0,
                                   "NoAns_f1": 0.5})  # fmt: skip
    assert set(score(["Denver"], [("Denver",)])) == {"f1", "exact_match"}
    assert report(["Denver", "", "no"], [("Denver",), (), ()]) == {
        "has_answer": {"answered": 1, "no_answer": 0},
        "has_none": {"answered": 1, "no_answer": 1},
    }


def test_the_threshold_lies_where_it_is_best_to_say_nothing() -> None:
    scores, right = [0.2, 0.4, 0.7, 0.9], [False, False, True, True]
    assert best_threshold(scores, lambda row, answered: float(answered == right[row])) == pytest.approx(0.55)
    assert best_threshold(scores, lambda row, answered: float(answered)) is None
    assert best_threshold([0.5, 0.5], lambda row, answered: float(answered == (row == 0))) is None
    assert best_threshold([0.3], lambda row, answered: float(not answered)) == pytest.approx(0.65)
