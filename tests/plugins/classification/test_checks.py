"""What is told of data before it is used."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline_classification.checks import unmeasurable, warnings
from trunkline_classification.config import ClassifierConfig
from trunkline_classification.example import ClassificationExample


def rows(*labels: Any) -> list[ClassificationExample]:
    return [ClassificationExample(text="x", label=label) for label in labels]


def test_clean_data_is_silent() -> None:
    assert warnings(rows(*["a", "b"] * 5)) == []


def test_look_alike_labels_are_told_with_their_counts() -> None:
    told = warnings(rows(*["Refund", "refund ", "late"] * 5, *["refund"] * 6))
    assert told == ["labels 'Refund' (5), 'refund' (6), 'refund ' (5) differ only in case or spaces"]


def test_normal_forms_look_alike() -> None:
    assert len(warnings(rows(*["caf\u00e9", "cafe\u0301"] * 5))) == 1


def test_tiny_classes_are_told() -> None:
    (told,) = warnings(rows(*["a"] * 9, "b", "c", "c"))
    assert told == "2 label(s) with fewer than 5 examples: 'b' (1), 'c' (2)"


def test_separators_are_told() -> None:
    assert any("multi_label" in line for line in warnings(rows(*["a|b", "c"] * 5)))


@pytest.mark.parametrize("separator", [";", ",", "; "])
def test_labels_joined_by_another_separator_are_told(separator: str) -> None:
    told = warnings(rows(*["a", "b", f"a{separator}b"] * 5))
    assert told == [line for line in told if "join them by '|' and set the option multi_label" in line]
    assert len(told) == 1


@pytest.mark.parametrize("labels", [["Korea, Republic of", "a"], ["a;", "a"], ["x,y", "x"], ["one, two", "three"]])
def test_labels_that_hold_a_separator_are_left_alone(labels: list[str]) -> None:
    assert warnings(rows(*labels * 5)) == []


def test_unknown_labels_are_told_with_near_names() -> None:
    config = ClassifierConfig(labels=("refund", "late"), out_of_scope_label="oos")
    problems = unmeasurable(rows("refund", "refnd", "oos", "zzz", "", "refnd"), config)
    assert [index for index, _ in problems] == [1, 3, 4, 5]
    assert "'refnd' is not one of the 2 that are known; did you mean 'refund'?" in problems[0][1]
    assert "they are 'refund', 'late'" in problems[1][1]
    assert "empty" in problems[2][1]


def test_several_labels_need_a_version_that_gives_several() -> None:
    single, several = (ClassifierConfig(labels=("a", "b"), multi_label=flag) for flag in (False, True))
    assert len(unmeasurable(rows(["a", "b"], []), single)) == 2
    assert unmeasurable(rows(["a", "b"], [], "a|b", ["a"]), several) == []
    assert unmeasurable(rows(["a"]), single) == []
