"""Means over few seeds, with honest intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats


def mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def interval(values: Sequence[float]) -> float:
    """Give the half width of the 95 % interval of the mean (Student's t); nan for one value."""
    if len(values) < 2:
        return float("nan")
    return float(stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values)))


def shown(values: Sequence[float]) -> str:
    """Show a mean in per cent with its interval."""
    if not values:
        return "not measured"
    half = interval(values)
    spread = "" if np.isnan(half) else f" ± {100 * half:.1f}"
    return f"{100 * mean(values):.1f}{spread}"
