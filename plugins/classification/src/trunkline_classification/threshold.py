"""Where "none of these" begins: the probability that the likeliest label needs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkline_classification.probability import Floats

KEPT = 0.99  # of right answers, where nothing out of scope is there to fit on
GRID = np.linspace(0.05, 0.95, 19)  # tried for multi-label


def fit_threshold(confidence: Floats, right: NDArray[np.bool_], in_scope: NDArray[np.bool_]) -> float:
    """Choose from the likeliest label's probability (n,) on dev, whether it is right, and whether any could be.

    With out-of-scope examples: the best mean of accuracy in scope and recall out of scope, since their share on dev
    says little of their share in use. Without: the highest that still gives 99 % of the right answers.
    """
    kept = np.sort(confidence[right & in_scope])
    outside = np.sort(confidence[~in_scope])
    if not len(outside):
        return float(kept[int(len(kept) * (1 - KEPT))]) if len(kept) else 0.0
    places = np.unique(np.concatenate([confidence, [0.0, 1.0]]))
    candidates = np.concatenate([[0.0], (places[:-1] + places[1:]) / 2])
    accuracy = 1 - np.searchsorted(kept, candidates) / max(len(kept), 1)
    accuracy *= len(kept) / max(int(in_scope.sum()), 1)
    recall = np.searchsorted(outside, candidates) / len(outside)
    return float(candidates[np.argmax(accuracy + recall)])


def fit_multi_label_threshold(probabilities: Floats, targets: NDArray[Any]) -> float:
    """Choose one threshold for all labels, with the best micro F1 on (n, labels); of equals the nearest to 0.5."""
    wanted = np.asarray(targets) > 0.5

    def rank(threshold: float) -> tuple[float, float]:
        chosen = probabilities >= threshold
        total = chosen.sum() + wanted.sum()
        f1 = 2 * (chosen & wanted).sum() / total if total else 0.0
        return round(float(f1), 12), -abs(threshold - 0.5)

    return max((float(round(value, 2)) for value in GRID), key=rank)
