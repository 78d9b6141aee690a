"""Metrics against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from trunkline_classification.example import ClassificationExample
from trunkline_classification.messages import ClassificationResponse, LabelScore
from trunkline_classification.metrics import calibration_error, score

LABELS = ["a", "b", "c", "d"]


def example(label: str | list[str]) -> ClassificationExample:
    return ClassificationExample(text="x", label=label)


def answer(
    label: str | None, best: str = "a", confidence: float = 0.5, outside: str | None = None
) -> ClassificationResponse:
    best = label or best
    return ClassificationResponse(
        label=label,
        score=confidence,
        scores=[LabelScore(label=best, score=confidence)],
        out_of_scope_label=outside,
    )


def answers(labels: list[str]) -> ClassificationResponse:
    best = labels[0] if labels else "a"
    return ClassificationResponse(
        label=labels[0] if labels else None, labels=labels, score=0.5, scores=[LabelScore(label=best, score=0.5)]
    )


@given(st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=40))
def test_equal_to_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    truth, predicted = [a for a, _ in pairs], [b for _, b in pairs]
    got = score([answer(label) for label in predicted], [example(label) for label in truth])
    assert got["accuracy"] == pytest.approx(accuracy_score(truth, predicted))
    assert got["macro_f1"] == pytest.approx(f1_score(truth, predicted, average="macro", zero_division=0.0))
    assert got["weighted_f1"] == pytest.approx(f1_score(truth, predicted, average="weighted", zero_division=0.0))


@given(st.lists(st.tuples(st.sampled_from([*LABELS, "oos"]), st.sampled_from([*LABELS, "oos"])), min_size=1))
def test_out_of_scope_is_a_class_where_data_has_it(pairs: list[tuple[str, str]]) -> None:
    """None of these is right for out-of-scope rows; scikit-learn is told so by one name for both."""
    truth, predicted = [a for a, _ in pairs], [b for _, b in pairs]
    responses = [answer(None if label == "oos" else label, outside="oos") for label in predicted]
    got = score(responses, [example(label) for label in truth])
    averaged = sorted(set(truth) | (set(predicted) - {"oos"}))
    assert got["accuracy"] == pytest.approx(accuracy_score(truth, predicted))
    expected = f1_score(truth, predicted, labels=averaged, average="macro", zero_division=0.0)
    assert got["macro_f1"] == pytest.approx(expected)
    refused = [guess == "oos" for wanted, guess in pairs if wanted == "oos"]
    assert ("out_of_scope_recall" in got) == bool(refused)
    if refused:
        assert got["out_of_scope_recall"] == pytest.approx(np.mean(refused))


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from(LABELS), unique=True), st.lists(st.sampled_from(LABELS), unique=True)),
        min_size=1,
        max_size=20,
    )
)
def test_several_labels_equal_scikit_learn(pairs: list[tuple[list[str], list[str]]]) -> None:
    truth, predicted = (np.array([[x in p[side] for x in LABELS] for p in pairs]) for side in (0, 1))
    got = score([answers(p) for _, p in pairs], [example(t) for t, _ in pairs])
    occurring = [i for i in range(len(LABELS)) if truth[:, i].any() or predicted[:, i].any()]
    assert got["accuracy"] == pytest.approx(accuracy_score(truth, predicted))
    for average in ("micro", "macro", "weighted"):
        expected = (
            f1_score(truth, predicted, labels=occurring, average=average, zero_division=0.0) if occurring else 0.0
        )
        assert got[f"{average}_f1"] == pytest.approx(expected), average


def test_several_labels_out_of_scope() -> None:
    rows = [example(["oos"]), example("oos"), example("a|b")]
    given_labels: list[list[str]] = [[], ["a"], ["a", "b"]]
    responses = [answers(labels).model_copy(update={"out_of_scope_label": "oos"}) for labels in given_labels]
    got = score(responses, rows)
    assert got["out_of_scope_recall"] == 0.5
    assert got["accuracy"] == pytest.approx(2 / 3)


def test_calibration_error_by_hand() -> None:
    """Two bins: 0.9 sure and right half the time, 0.1 sure and never right."""
    got = calibration_error(np.array([0.9, 0.9, 0.1, 0.1]), np.array([True, False, False, False]))
    assert got == pytest.approx((abs(1.8 - 1) + abs(0.2 - 0)) / 4)


def test_calibration_error_against_a_plain_loop() -> None:
    random = np.random.default_rng(0)
    confidence = np.append(random.random(997), [0.0, 1.0, 1 / 3])
    right = random.random(1000) < confidence
    total = 0.0
    for index in range(15):
        low, high = index / 15, (index + 1) / 15
        inside = (confidence > low) & (confidence <= high) | ((index == 0) & (confidence == 0))
        if inside.any():
            total += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    assert calibration_error(confidence, right) == pytest.approx(total, abs=2e-3)


def test_refused_answers_still_count_for_calibration() -> None:
    """The likeliest label is what the probability speaks of, given or not."""
    got = score([answer(None, best="b", confidence=0.75)], [example("b")])
    assert got["accuracy"] == 0.0
    assert got["calibration_error"] == pytest.approx(0.25)


def test_no_rows() -> None:
    assert score([], [])["accuracy"] == 0.0
