"""Metrics of classification; lean, since each is computed on a thousand resamples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trunkline_classification.coding import NONE, Coded, encode
from trunkline_classification.example import ClassificationExample
from trunkline_classification.messages import ClassificationResponse
from trunkline_classification.probability import Floats

BINS = 15


def score(responses: Sequence[ClassificationResponse], examples: Sequence[ClassificationExample]) -> dict[str, float]:
    """Give accuracy, F1 and calibration error; averages of F1 run over the labels that occur on either side.

    Accuracy is the share of rows answered rightly as a whole: none of these for an out-of-scope row, every label of a
    multi-label one. `out_of_scope_recall` is there where the data has such rows, `micro_f1` for a multi-label task.
    """
    coded = encode(responses, examples)
    if not coded.rows:
        return {"accuracy": 0.0, "macro_f1": 0.0, "weighted_f1": 0.0, "calibration_error": 0.0}
    right = exact(coded)
    f1 = label_f1(coded)
    scored = coded.scored()
    support = np.where(scored, coded.counts(coded.truth), 0)
    inside = ~coded.out_of_scope
    metrics = {
        "accuracy": float(right.mean()),
        "macro_f1": float(f1[scored].mean()) if scored.any() else 0.0,
        "weighted_f1": float((f1 * support).sum() / max(support.sum(), 1)),
        "calibration_error": calibration_error(coded.confidence[inside], coded.best_right[inside]),
    }
    if coded.multi_label:
        metrics["micro_f1"] = micro_f1(coded)
    if coded.out_of_scope.any():
        metrics["out_of_scope_recall"] = float(right[coded.out_of_scope].mean())
    return metrics


def exact(coded: Coded) -> NDArray[np.bool_]:
    """Tell which rows (rows,) have exactly the right labels."""
    truth, predicted, hits = (
        np.bincount(keys // coded.size, minlength=coded.rows) for keys in (coded.truth, coded.predicted, coded.hits)
    )
    return np.asarray((truth == predicted) & (truth == hits))


def label_f1(coded: Coded) -> Floats:
    """Give each label's F1, (size,); 0 where it occurs on neither side."""
    both = coded.counts(coded.truth) + coded.counts(coded.predicted)
    return np.asarray(2 * coded.counts(coded.hits) / np.maximum(both, 1))


def micro_f1(coded: Coded) -> float:
    """Give the F1 over all (row, label) decisions; rows without labels add none."""
    hits, truth, predicted = (
        int(np.count_nonzero(keys % coded.size != NONE)) for keys in (coded.hits, coded.truth, coded.predicted)
    )
    return 2 * hits / max(truth + predicted, 1)


def calibration_error(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """Give the expected calibration error (ECE) of the likeliest label, (n,) each.

    Naeini et al. 2015 and Guo et al. 2017: the mean distance between confidence and accuracy in 15 equal bins (l, u],
    weighted by their size.
    """
    if not len(confidence):
        return 0.0
    places = bins(confidence)
    gaps = np.bincount(places, weights=confidence, minlength=BINS) - np.bincount(places, weights=right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def bins(confidence: Floats) -> NDArray[np.int64]:
    """Give the bin (0 to 14) of each probability."""
    return np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
