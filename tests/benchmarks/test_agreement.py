"""Answers are compared as the page says: labels by equality, spans by their F1."""

from __future__ import annotations

import pytest
from benchmarks.speed.agreement import agreement


def test_labels_agree_by_name_whatever_their_probability():
    ours = {"a": [["x", 0.9], ["y", 0.6]]}
    assert agreement(ours, {"a": [["x", 0.1], ["z", 0.6]]}) == 0.5


def test_spans_agree_by_f1():
    ours = {"a": [[[0, 3, "person"], [5, 9, "place"]]]}
    assert agreement(ours, {"a": [[[0, 3, "person"]]]}) == pytest.approx(2 / 3)
    assert agreement({"a": [[]]}, {"a": [[]]}) == 1.0
    assert agreement({"a": [[]]}, {"a": [[[0, 3, "person"]]]}) == 0.0


def test_only_models_that_both_answered_count():
    assert agreement({"a": [["x", 1.0]], "b": [["y", 1.0]]}, {"a": [["x", 1.0]]}) == 1.0
    assert agreement({"a": [["x", 1.0]]}, {"b": [["x", 1.0]]}) == 0.0


def test_missing_answers_are_no_agreement():
    assert agreement({"a": [["x", 1.0], ["x", 1.0]]}, {"a": [["x", 1.0]]}) == 0.0
