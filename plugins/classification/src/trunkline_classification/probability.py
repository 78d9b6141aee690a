"""From logits to probabilities, in float64 so that equal logits give equal answers everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def softmax(logits: NDArray[Any]) -> Floats:
    """Normalise over the last axis; finite for any finite logits."""
    shifted = np.asarray(logits, dtype=np.float64)
    powers = np.exp(shifted - shifted.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def sigmoid(logits: NDArray[Any]) -> Floats:
    """Squash each value alone, without overflow: 1/2 (1 + tanh(x/2))."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * np.asarray(logits, dtype=np.float64))))


def probabilities(logits: NDArray[Any], temperatures: Sequence[float], multi_label: bool) -> Floats:
    """Give calibrated probabilities of logits (..., labels): each label alone, or one among all."""
    scaled = np.asarray(logits, dtype=np.float64) / np.asarray(temperatures, dtype=np.float64)
    return sigmoid(scaled) if multi_label else softmax(scaled)
