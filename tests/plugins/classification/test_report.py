"""Reports against scikit-learn's."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from trunkline_classification.example import ClassificationExample
from trunkline_classification.messages import ClassificationResponse, LabelScore
from trunkline_classification.report import report

LABELS = [f"label {index}" for index in range(7)]


def rows(n: int = 200) -> tuple[list[str], list[str], list[float]]:
    chance = random.Random(4)
    truth = [chance.choice(LABELS) for _ in range(n)]
    predicted = [label if chance.random() < 0.6 else chance.choice(LABELS) for label in truth]
    return truth, predicted, [chance.random() for _ in range(n)]


def respond(label: str | None, confidence: float, labels: list[str] | None = None) -> ClassificationResponse:
    return ClassificationResponse(
        label=label,
        labels=labels,
        score=confidence,
        scores=[LabelScore(label=label or LABELS[0], score=confidence)],
        out_of_scope_label="oos",
    )


def test_equal_to_scikit_learn() -> None:
    truth, predicted, confidence = rows()
    got = report(
        [respond(label, c) for label, c in zip(predicted, confidence, strict=True)],
        [ClassificationExample(text="x", label=label) for label in truth],
    )
    assert got["confusion"]["labels"] == LABELS
    np.testing.assert_array_equal(got["confusion"]["matrix"], confusion_matrix(truth, predicted, labels=LABELS))
    expected = precision_recall_fscore_support(truth, predicted, labels=LABELS, zero_division=0.0)
    for place, key in enumerate(("precision", "recall", "f1", "support")):
        np.testing.assert_allclose([entry[key] for entry in got["per_class"]], expected[place])
    assert [entry["label"] for entry in got["per_class"]] == LABELS
    assert sum(entry["n"] for entry in got["calibration"]) == len(truth)
    json.dumps(got, allow_nan=False)


def test_errors_are_listed_most_frequent_first() -> None:
    truth, predicted = ["b", "b", "b", "a"], ["a", "a", "b", "b"]
    got = report(
        [respond(label, 0.5) for label in predicted],
        [ClassificationExample(text="x", label=label) for label in truth],
    )
    assert got["confused"] == [
        {"label": "b", "answered": "a", "count": 2},
        {"label": "a", "answered": "b", "count": 1},
    ]


def test_none_of_these_stands_last() -> None:
    got = report(
        [respond(None, 0.2), respond("a", 0.9)],
        [ClassificationExample(text="x", label=label) for label in ("oos", "a")],
    )
    assert got["confusion"] == {"labels": ["a", None], "matrix": [[1, 0], [0, 1]]}
    assert [entry["label"] for entry in got["per_class"]] == ["a", None]


def test_several_labels_have_no_matrix() -> None:
    got = report([respond("a", 0.9, ["a", "b"])], [ClassificationExample(text="x", label=["a"])])
    assert "confusion" not in got
    assert {entry["label"]: entry["precision"] for entry in got["per_class"]} == {"a": 1.0, "b": 0.0}
    assert got["per_class"][0]["recall"] == pytest.approx(1.0)
