"""Temperatures against scipy's own minimiser, and on data whose right temperature is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax

from trunkline_classification.calibration import HIGHEST, LOWEST, fit_label_temperatures, fit_temperature
from trunkline_classification.probability import probabilities, sigmoid, softmax


def synthetic(true_temperature: float, n: int = 4000, labels: int = 6) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Make logits that are right at `true_temperature`."""
    random = np.random.default_rng(7)
    logits = random.normal(size=(n, labels)) * 3
    targets = np.array([random.choice(labels, p=row) for row in softmax(logits)])
    return logits * true_temperature, targets


def nll(logits: NDArray[Any], targets: NDArray[np.int64], temperature: float) -> float:
    return float(-log_softmax(logits / temperature, axis=1)[np.arange(len(targets)), targets].mean())


@pytest.mark.parametrize("true", [0.3, 1.0, 4.0])
def test_temperature_is_found_and_lowers_the_loss(true: float) -> None:
    logits, targets = synthetic(true)
    fitted = fit_temperature(logits, targets)
    assert fitted == pytest.approx(true, rel=0.05)
    best = minimize_scalar(lambda t: nll(logits, targets, t), bounds=(LOWEST, HIGHEST), method="bounded")
    assert fitted == pytest.approx(best.x, rel=0.01)
    assert nll(logits, targets, fitted) <= nll(logits, targets, 1.0) + 1e-6


def test_ranks_do_not_change() -> None:
    logits, _ = synthetic(3.0)
    before, after = (probabilities(logits, (t,), False).argmax(axis=1) for t in (1.0, 3.0))
    np.testing.assert_array_equal(before, after)


def test_without_an_error_on_dev_confidence_stays_finite() -> None:
    logits, targets = np.eye(4)[np.arange(40) % 4] * 5, np.arange(40) % 4
    fitted = fit_temperature(logits, targets)
    assert fitted > 2 * LOWEST
    assert probabilities(logits, (fitted,), False).max() < 1 - 1 / 1000


def test_without_dev_nothing_changes() -> None:
    assert fit_temperature(np.zeros((0, 3)), np.zeros(0, dtype=np.int64)) == 1.0
    assert fit_label_temperatures(np.zeros((0, 2)), np.zeros((0, 2))) == (1.0, 1.0)


def test_each_label_gets_its_own_temperature() -> None:
    random = np.random.default_rng(3)
    logits = random.normal(size=(8000, 3)) * 2
    targets = random.random(logits.shape) < expit(logits)
    fitted = fit_label_temperatures(logits * [1.0, 3.0, 0.5], targets)
    np.testing.assert_allclose(fitted, [1.0, 3.0, 0.5], rtol=0.1)


def test_labels_without_both_answers_keep_theirs() -> None:
    targets = np.array([[0, 1, 0], [0, 1, 1], [0, 1, 0]])
    fitted = fit_label_temperatures(np.random.default_rng(0).normal(size=(3, 3)), targets)
    assert fitted[:2] == (1.0, 1.0)


def test_probabilities_are_finite_for_any_logits() -> None:
    logits = np.array([[1e4, -1e4, 0.0]], dtype=np.float32)
    np.testing.assert_allclose(softmax(logits), [[1, 0, 0]])
    np.testing.assert_allclose(sigmoid(logits), [[1, 0, 0.5]])
    np.testing.assert_allclose(sigmoid(np.linspace(-30, 30)), expit(np.linspace(-30, 30)), atol=1e-15)
