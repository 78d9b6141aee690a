"""Temperature scaling: divide logits by T > 0, so that a probability of 0.8 is right 8 times in 10.

Guo et al. 2017, "On Calibration of Modern Neural Networks": T minimises the negative log-likelihood (NLL) on dev.
In b = 1/T the NLL is convex, so its slope has one root, found by bisection. On a dev set without an error the NLL alone
would drive T to 0; targets are therefore smoothed by what one example of an unknown label would add, after Platt 1999.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkline_classification.probability import Floats, sigmoid, softmax

LOWEST, HIGHEST = 0.05, 20.0  # temperatures searched
STEPS = 40  # halvings of log T: exact to 1e-11


def fit_temperature(logits: NDArray[Any], targets: NDArray[np.int64]) -> float:
    """Give the T that fits logits (n, labels) to the right labels (n,); 1.0 for no examples."""
    if not len(targets):
        return 1.0
    values = np.asarray(logits, dtype=np.float64)
    share = 1.0 / (len(targets) + 1.0)
    wanted = (1.0 - share) * values[np.arange(len(targets)), targets] + share * values.mean(axis=1)

    def slope(inverse: Floats) -> Floats:
        expected = (softmax(inverse[0] * values) * values).sum(axis=1)
        return np.asarray([(expected - wanted).mean()])

    return float(_bisect(slope, 1)[0])


def fit_label_temperatures(logits: NDArray[Any], targets: NDArray[Any]) -> tuple[float, ...]:
    """Give a T for each label alone: logits and targets (0 or 1) are (n, labels).

    A label that dev never has, or has everywhere, keeps 1.0.
    """
    values = np.asarray(logits, dtype=np.float64)
    positives = np.asarray(targets, dtype=np.float64)
    count = len(positives)
    counts = positives.sum(axis=0) if count else np.zeros(values.shape[-1])
    smoothed = np.where(positives > 0.5, (counts + 1) / (counts + 2), 1 / (count - counts + 2))

    def slope(inverse: Floats) -> Floats:
        return np.asarray((values * (sigmoid(inverse * values) - smoothed)).mean(axis=0))

    fitted = _bisect(slope, len(counts)) if count else np.ones(len(counts))
    usable = (counts > 0) & (counts < count)
    return tuple(np.where(usable, fitted, 1.0).tolist())


def _bisect(slope: Callable[[Floats], Floats], size: int) -> Floats:
    """Find where the rising `slope` of the NLL in b = 1/T crosses zero, for `size` temperatures at once."""
    low = np.full(size, -np.log(HIGHEST))
    high = np.full(size, -np.log(LOWEST))
    for _ in range(STEPS):
        middle = (low + high) / 2
        falling = slope(np.exp(middle)) < 0
        low, high = np.where(falling, middle, low), np.where(falling, high, middle)
    return np.asarray(np.exp(-(low + high) / 2))
