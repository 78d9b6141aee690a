"""A measurement in detail: each class, what is confused with what, and how sure the model should have been."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from trunkline_classification.coding import NONE, Coded, encode
from trunkline_classification.example import ClassificationExample
from trunkline_classification.messages import ClassificationResponse
from trunkline_classification.metrics import BINS, bins, label_f1

CONFUSED = 20  # pairs of labels listed


def report(responses: Sequence[ClassificationResponse], examples: Sequence[ClassificationExample]) -> dict[str, Any]:
    """Detail a measurement as JSON; a confusion matrix only where each row has one label."""
    coded = encode(responses, examples)
    details: dict[str, Any] = {"per_class": _per_class(coded), "calibration": _calibration(coded)}
    if not coded.multi_label:
        confusion = _confusion(coded)
        details["confusion"] = confusion
        details["confused"] = _confused(confusion)
    return details


def _per_class(coded: Coded) -> list[dict[str, Any]]:
    """List precision, recall, F1 and support of each label, by name; the label None is none of these."""
    hits, truth, predicted = (coded.counts(keys) for keys in (coded.hits, coded.truth, coded.predicted))
    precision, recall, f1 = hits / np.maximum(predicted, 1), hits / np.maximum(truth, 1), label_f1(coded)
    return [
        {
            "label": coded.names[code],
            "precision": float(precision[code]),
            "recall": float(recall[code]),
            "f1": float(f1[code]),
            "support": int(truth[code]),
        }
        for code in _ordered(coded)
        if coded.scored()[code]
    ]


def _ordered(coded: Coded) -> list[int]:
    """Give the codes by name, none of these last."""
    named = sorted(range(NONE + 1, coded.size), key=lambda code: str(coded.names[code]))
    return [*named, NONE]


def _confusion(coded: Coded) -> dict[str, Any]:
    """Count true label (rows) by answer (columns); the label None is none of these, where it occurs."""
    matrix = np.zeros((coded.size, coded.size), dtype=np.int64)
    np.add.at(matrix, (coded.truth % coded.size, coded.predicted % coded.size), 1)
    seen = [code for code in _ordered(coded) if matrix[code].any() or matrix[:, code].any()]
    return {"labels": [coded.names[code] for code in seen], "matrix": matrix[np.ix_(seen, seen)].tolist()}


def _confused(confusion: dict[str, Any]) -> list[dict[str, Any]]:
    """List the most frequent errors."""
    labels, matrix = confusion["labels"], confusion["matrix"]
    errors = [
        {"label": labels[row], "answered": labels[column], "count": count}
        for row, counts in enumerate(matrix)
        for column, count in enumerate(counts)
        if count and row != column
    ]
    return sorted(errors, key=lambda error: -error["count"])[:CONFUSED]


def _calibration(coded: Coded) -> list[dict[str, Any]]:
    """Give the confidence and accuracy of the likeliest label in each bin that has rows; rows in scope only."""
    inside = ~coded.out_of_scope
    confidence, right = coded.confidence[inside], coded.best_right[inside]
    places = bins(confidence)
    return [
        {
            "above": place / BINS,
            "up_to": (place + 1) / BINS,
            "n": int((places == place).sum()),
            "confidence": float(confidence[places == place].mean()),
            "accuracy": float(right[places == place].mean()),
        }
        for place in range(BINS)
        if (places == place).any()
    ]
