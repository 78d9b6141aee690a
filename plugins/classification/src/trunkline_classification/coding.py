"""Responses and examples as integers, so that metrics are a few numpy calls.

An answer is a set of labels: one of them for a single-label task, any number for a multi-label one. "None of these" is
a label of its own, code 0: what the data calls out of scope, what stays under the threshold, a row without labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trunkline_classification.example import ClassificationExample, labels_of
from trunkline_classification.messages import ClassificationResponse
from trunkline_classification.probability import Floats

NONE = 0
_EMPTY: tuple[None] = (None,)
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """Who was to say what, and who said what; (row, label) pairs as keys `row * size + code`."""

    names: tuple[str | None, ...]  # of each code; None: none of these
    rows: int
    truth: Ints  # keys
    predicted: Ints  # keys
    hits: Ints  # the keys in both
    confidence: Floats  # (rows,) probability of the likeliest label, whether it was given or not
    best_right: NDArray[np.bool_]  # (rows,) the likeliest label is among the true ones
    out_of_scope: NDArray[np.bool_]  # (rows,) the data says so, by a label of its own
    multi_label: bool

    @property
    def size(self) -> int:
        return len(self.names)

    def counts(self, keys: Ints) -> Ints:
        """Count keys by label: (size,)."""
        return np.bincount(keys % self.size, minlength=self.size)

    def scored(self) -> NDArray[np.bool_]:
        """Tell which codes (size,) are labels to average over: those that occur.

        None of these counts as a class only where data has an out-of-scope label.
        """
        occurs = (self.counts(self.truth) + self.counts(self.predicted)) > 0
        occurs[NONE] = bool(self.out_of_scope.any()) and not self.multi_label
        return np.asarray(occurs)


def encode(responses: Sequence[ClassificationResponse], examples: Sequence[ClassificationExample]) -> Coded:
    """Number the labels of both sides, row by row."""
    multi_label = bool(responses) and responses[0].labels is not None
    outside = responses[0].out_of_scope_label if responses else None
    codes: dict[str | None, int] = {None: NONE}
    if outside is not None:
        codes[outside] = NONE
    true_rows, true_codes = _truth(examples, multi_label, codes)
    predicted_rows, predicted_codes = _answers(responses, multi_label, codes)
    best = _numbered(_likeliest(responses), codes)
    size = max(codes.values()) + 1
    truth, predicted = true_rows * size + true_codes, predicted_rows * size + predicted_codes
    true = np.zeros(len(examples) * size, dtype=bool)
    true[truth] = True
    return Coded(
        names=(None, *(name for name, code in codes.items() if code != NONE)),
        rows=len(examples),
        truth=truth,
        predicted=predicted,
        hits=predicted[true[predicted]],
        confidence=np.array([response.score for response in responses], dtype=np.float64),
        best_right=true[np.arange(len(best)) * size + best],
        out_of_scope=_out_of_scope(examples, outside, multi_label),
        multi_label=multi_label,
    )


def _truth(
    examples: Sequence[ClassificationExample], multi_label: bool, codes: dict[str | None, int]
) -> tuple[Ints, Ints]:
    if multi_label:
        return _flat([labels_of(example, True) or _EMPTY for example in examples], codes)
    given = [example.label for example in examples]
    single = [label if isinstance(label, str) else label[0] for label in given]
    return np.arange(len(single)), _numbered(single, codes)


def _answers(
    responses: Sequence[ClassificationResponse], multi_label: bool, codes: dict[str | None, int]
) -> tuple[Ints, Ints]:
    if multi_label:
        return _flat([response.labels or _EMPTY for response in responses], codes)
    return np.arange(len(responses)), _numbered([response.label for response in responses], codes)


def _likeliest(responses: Sequence[ClassificationResponse]) -> list[str | None]:
    """Give the likeliest label of each response: the answer, unless that is none of these."""
    given = [response.label for response in responses]
    for row, label in enumerate(given):
        if label is None:
            given[row] = responses[row].scores[0].label
    return given


def _out_of_scope(
    examples: Sequence[ClassificationExample], outside: str | None, multi_label: bool
) -> NDArray[np.bool_]:
    if outside is None:
        return np.zeros(len(examples), dtype=bool)
    return np.array([outside in labels_of(example, multi_label) for example in examples], dtype=bool)


def _flat(rows: Sequence[Sequence[str | None]], codes: dict[str | None, int]) -> tuple[Ints, Ints]:
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    return np.repeat(np.arange(len(rows)), lengths), _numbered([label for row in rows for label in row], codes)


def _numbered(labels: Sequence[str | None], codes: dict[str | None, int]) -> Ints:
    """Give the code of each label; new ones get the next, in order of appearance, so that sums repeat to the bit."""
    following = max(codes.values()) + 1
    for label in dict.fromkeys(labels):
        if label not in codes:
            codes[label] = following
            following += 1
    return np.fromiter(map(codes.__getitem__, labels), dtype=np.int64, count=len(labels))
