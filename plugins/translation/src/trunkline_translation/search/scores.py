"""Log-probabilities and the best tokens of a row of logits, at a few passes over memory that stays in cache."""

from __future__ import annotations

import math

import numpy as np

from trunkline_translation.search.protocol import Floats, Ids

STRIDES = 1024  # columns that a row is folded into: a fraction of the vocabulary, many times the usual number of beams
MODERATE = 60.0  # a vocabulary of exponentials up to this neither overflows nor vanishes in float32


class Scores:
    """Works on one row (vocabulary,) at a time, in memory of its own: for one thread."""

    def __init__(self, vocabulary: int) -> None:
        self.vocabulary = vocabulary
        self._spare = np.empty(vocabulary, np.float32)

    def log_sum(self, row: Floats) -> float:
        """Give the logarithm of the sum of the exponentials, not a number unless every logit is finite or -inf."""
        top = float(row.max())
        if not math.isfinite(top):
            return math.nan
        shift = 0.0 if abs(top) < MODERATE else top  # most often a whole pass is saved
        np.exp(np.subtract(row, top, out=self._spare) if shift else row, out=self._spare)
        return shift + math.log(float(self._spare.sum()))


def top(row: Floats, most: int) -> Ids:
    """Give the places of the `most` highest values, highest first; of equals in any order. Places of -inf are left out.

    The row is folded into columns. A value outside the `most` columns with the highest maxima is no higher than each
    of these maxima, so the search goes on in those columns alone: several times faster than a partition of the row.
    """
    places = _folded(row, most) if len(row) >= 8 * STRIDES and most <= STRIDES // 4 else np.arange(len(row))
    values = row[places]
    if len(values) > most:
        best = np.argpartition(values, len(values) - most)[len(values) - most :]
        places, values = places[best], values[best]
    order = np.argsort(-values)
    return places[order[: np.count_nonzero(values > -np.inf)]]


def _folded(row: Floats, most: int) -> Ids:
    deep = len(row) // STRIDES
    maxima = row[: deep * STRIDES].reshape(deep, STRIDES).max(axis=0)
    columns = np.argpartition(maxima, STRIDES - most)[STRIDES - most :]
    inside = (columns[:, None] + STRIDES * np.arange(deep)).ravel()
    return np.concatenate([inside, np.arange(deep * STRIDES, len(row))])
