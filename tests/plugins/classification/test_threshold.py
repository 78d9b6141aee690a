"""Where none of these begins."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from trunkline_classification.threshold import fit_multi_label_threshold, fit_threshold


def test_separable_scopes_are_parted() -> None:
    confidence = np.array([0.9, 0.8, 0.85, 0.3, 0.4])
    in_scope = np.array([True, True, True, False, False])
    assert 0.4 < fit_threshold(confidence, in_scope, in_scope) < 0.8


def test_nothing_tried_by_hand_does_better() -> None:
    random = np.random.default_rng(5)
    in_scope = np.arange(500) < 450
    confidence = np.where(in_scope, random.beta(5, 2, 500), random.beta(2, 4, 500))
    right = in_scope & (random.random(500) < confidence)

    def worth(threshold: float) -> float:
        accepted = confidence >= threshold
        return float((accepted & right)[in_scope].mean() + (~accepted)[~in_scope].mean())

    fitted = fit_threshold(confidence, right, in_scope)
    assert worth(fitted) >= max(worth(value) for value in np.linspace(0, 1, 501))


def test_without_scope_to_learn_from_nearly_all_right_answers_stay() -> None:
    random = np.random.default_rng(1)
    confidence, right = random.random(1000), random.random(1000) < 0.8
    fitted = fit_threshold(confidence, right, np.ones(1000, dtype=bool))
    assert (confidence[right] >= fitted).mean() == pytest.approx(0.99, abs=0.002)


def test_without_a_right_answer_everything_is_accepted() -> None:
    nothing = np.zeros(3, dtype=bool)
    assert fit_threshold(np.array([0.2, 0.5, 0.9]), nothing, ~nothing) == 0.0


def test_multi_label_threshold_has_the_best_micro_f1() -> None:
    random = np.random.default_rng(2)
    targets = random.random((300, 4)) < 0.2
    values = np.clip(targets * 0.3 + random.random((300, 4)) * 0.5, 0, 1)

    def micro(threshold: float) -> float:
        return float(f1_score(targets, values >= threshold, average="micro", zero_division=0.0))

    assert micro(fit_multi_label_threshold(values, targets)) == max(micro(t / 20) for t in range(1, 20))


def test_of_equal_thresholds_the_middle_wins() -> None:
    assert fit_multi_label_threshold(np.array([[0.99], [0.01]]), np.array([[1], [0]])) == 0.5
