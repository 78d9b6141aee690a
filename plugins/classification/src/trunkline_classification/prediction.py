"""What one input's logits mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from trunkline import CorruptArtifact, Outputs, stacked
from trunkline_classification.config import MULTI_LABEL_THRESHOLD, ClassifierConfig
from trunkline_classification.messages import ClassificationRequest, ClassificationResponse, LabelScore
from trunkline_classification.probability import Floats, probabilities


class Table:
    """What some inputs' logits come to; each part is computed for all of them once it is asked for."""

    def __init__(self, config: ClassifierConfig, logits: NDArray[np.float32]) -> None:
        """Take logits (inputs, labels), of which a copy is kept: they may be a part of something large."""
        self.config = config
        self._logits = logits.astype(np.float64)

    @cached_property
    def values(self) -> Floats:
        """The calibrated probabilities, (inputs, labels)."""
        return probabilities(self._logits, self.config.temperatures, self.config.multi_label)

    @cached_property
    def best(self) -> Sequence[tuple[str, float]]:
        """The likeliest label of each input, with its probability."""
        indices = self.values.argmax(axis=1)
        values = self.values[np.arange(len(indices)), indices]
        labels = self.config.labels
        return [(labels[index], value) for index, value in zip(indices.tolist(), values.tolist(), strict=True)]

    @cached_property
    def orders(self) -> Sequence[Sequence[int]]:
        """The indices of the labels, likeliest first, of each input."""
        found: list[list[int]] = np.argsort(-self.values, axis=1, kind="stable").tolist()
        return found


class Prediction:
    """The probability of every label, and what the version asks of them."""

    __slots__ = ("_row", "_table")

    def __init__(self, table: Table, row: int) -> None:
        self._table = table
        self._row = row

    def __repr__(self) -> str:
        return f"Prediction({', '.join(f'{label}: {value:.4f}' for label, value in self.first(3))})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Prediction):
            return NotImplemented
        return self.config == other.config and self.values == other.values

    __hash__ = None  # type: ignore[assignment]  # as it is compared by what it holds

    @property
    def config(self) -> ClassifierConfig:
        return self._table.config

    @property
    def values(self) -> Sequence[float]:
        """In the order of the labels."""
        found: list[float] = self._table.values[self._row].tolist()
        return found

    def first(self, count: int | None = None) -> Iterator[tuple[str, float]]:
        """Give the `count` likeliest labels (None: all) with their probabilities, likeliest first."""
        if count == 1:
            return iter((self._table.best[self._row],))
        labels, values = self.config.labels, self.values
        return ((labels[index], values[index]) for index in self._table.orders[self._row][:count])


def predict(outputs: Sequence[Outputs], config: ClassifierConfig) -> list[Prediction]:
    """Read the logits (labels,) of some inputs. Raises `CorruptArtifact` where they are not finite."""
    logits = stacked(outputs, "logits")
    if not np.isfinite(logits).all():
        raise CorruptArtifact("the classification head gave logits that are not finite; its weights are damaged")
    table = Table(config, logits)
    return [Prediction(table, row) for row in range(len(logits))]


def respond(request: ClassificationRequest, prediction: Prediction) -> ClassificationResponse:
    """Answer as the request asks: its own threshold goes before the version's."""
    config = prediction.config
    threshold = request.threshold if request.threshold is not None else config.threshold
    label, score = next(prediction.first(1))
    chosen = _reaching(prediction.first(), threshold) if config.multi_label else None
    accepted = bool(chosen) if chosen is not None else threshold is None or score >= threshold
    return ClassificationResponse(
        label=label if accepted else None,
        labels=chosen,
        score=score,
        scores=[LabelScore(label=name, score=value) for name, value in prediction.first(request.top_k)],
        out_of_scope_label=config.out_of_scope_label,
    )


def _reaching(scores: Iterator[tuple[str, float]], threshold: float | None) -> list[str]:
    least = MULTI_LABEL_THRESHOLD if threshold is None else threshold
    return [name for name, value in scores if value >= least]
