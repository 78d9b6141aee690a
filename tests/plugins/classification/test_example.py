"""What a row may hold as its label, and what is read from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from trunkline_classification.example import SEPARATOR, ClassificationExample, labels_of

LABEL = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


def row(label: Any) -> ClassificationExample:
    return ClassificationExample(text="x", label=label)


@pytest.mark.parametrize(
    ("given_label", "name"),
    [("3", "3"), (3, "3"), (3.0, "3"), (2.5, "2.5"), (True, "true"), (np.int64(7), "7"), (" a ", " a ")],
)
def test_numbers_are_names(given_label: Any, name: str) -> None:
    assert row(given_label).label == name


@pytest.mark.parametrize("given_label", [["a", 1, "a"], ("a", 1), np.array(["a", "1"])])
def test_lists_of_labels_lose_their_doubles(given_label: Any) -> None:
    assert row(given_label).label == ("a", "1")


@pytest.mark.parametrize("bad", [None, float("nan"), float("inf"), {"a": 1}, ["a", None], "\ud800"])
def test_what_is_no_label_is_refused(bad: Any) -> None:
    with pytest.raises(ValidationError, match="label"):
        row(bad)


def test_only_a_multi_label_task_splits() -> None:
    assert labels_of(row("a | b|a"), multi_label=True) == ("a", "b")
    assert labels_of(row("a | b"), multi_label=False) == ("a | b",)
    assert labels_of(row(""), multi_label=True) == ()
    assert labels_of(row(["a|b"]), multi_label=True) == ("a|b",)


@given(st.lists(LABEL, unique=True, max_size=5))
def test_lists_survive_json(labels: list[str]) -> None:
    example = row(labels)
    again = ClassificationExample.model_validate_json(example.model_dump_json())
    assert again == example
    assert labels_of(again, multi_label=True) == tuple(labels)


@given(LABEL)
def test_single_labels_survive_json(label: str) -> None:
    again = ClassificationExample.model_validate_json(row(label).model_dump_json())
    assert labels_of(again, multi_label=False) == (label,)


@given(st.lists(LABEL.map(str.strip).filter(lambda x: x and SEPARATOR not in x), unique=True, max_size=5))
def test_joined_labels_come_apart_again(labels: list[str]) -> None:
    assert labels_of(row(SEPARATOR.join(labels)), multi_label=True) == tuple(labels)
