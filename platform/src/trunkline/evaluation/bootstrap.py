"""Percentile bootstrap over examples: how far a figure would move on other data of the same kind.

B. Efron, "Bootstrap Methods: Another Look at the Jackknife", Annals of Statistics 7(1), 1979; intervals from the
2.5 and 97.5 percentiles of the replicates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkline.records import Metric

REPLICATES = 1000
FEWEST = 200
DRAWS = 10_000_000
"""Draws in all replicates together at most: above 10,000 examples there are fewer replicates, never below 200."""

Score = Callable[[Sequence[Any], Sequence[Any]], Mapping[str, float]]


def replicates_for(n: int) -> int:
    """Give how many resamples `n` examples get; depends on nothing else, so that figures repeat."""
    return max(FEWEST, min(REPLICATES, DRAWS // max(n, 1)))


def bootstrap(
    score: Score, responses: Sequence[Any], examples: Sequence[Any], replicates: int | None = None, seed: int = 0
) -> dict[str, Metric]:
    """Score all examples, and each metric's 95 % interval over resamples of as many examples.

    A metric that is not finite on the whole set is left out; an interval is None where fewer than half of the
    replicates have a finite value. `replicates` 0 gives no intervals.
    """
    whole = {name: float(value) for name, value in score(responses, examples).items()}
    whole = {name: value for name, value in whole.items() if math.isfinite(value)}
    count = replicates_for(len(examples)) if replicates is None else replicates
    drawn = _replicate(score, responses, examples, list(whole), count, seed)
    return {name: _metric(value, drawn[:, column]) for column, (name, value) in enumerate(whole.items())}


def _replicate(
    score: Score, responses: Sequence[Any], examples: Sequence[Any], names: Sequence[str], count: int, seed: int
) -> NDArray[np.float64]:
    """Give (count, metrics): each metric on each resample, NaN where a resample has none."""
    random = np.random.default_rng(seed)
    values = np.full((count, len(names)), np.nan)
    for row in range(count):
        chosen = random.integers(0, len(examples), size=len(examples), dtype=np.int64).tolist()
        figures = score([responses[i] for i in chosen], [examples[i] for i in chosen])
        values[row] = [figures.get(name, math.nan) for name in names]
    return values


def _metric(value: float, drawn: NDArray[np.float64]) -> Metric:
    finite = drawn[np.isfinite(drawn)]
    if not len(finite) or 2 * len(finite) < len(drawn):
        return Metric(value=value)
    low, high = (float(edge) for edge in np.percentile(finite, (2.5, 97.5)))
    # few examples and a metric that averages over the classes at hand: resamples can all lie to one side
    return Metric(value=value, low=min(low, value), high=max(high, value))
