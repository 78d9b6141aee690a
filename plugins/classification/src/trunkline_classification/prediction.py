"""What one input's logits mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from trunkline import CorruptArtifact, Outputs
from trunkline_classification.config import MULTI_LABEL_THRESHOLD, ClassifierConfig
from trunkline_classification.messages import ClassificationRequest, ClassificationResponse, LabelScore
from trunkline_classification.probability import probabilities


@dataclass(frozen=True, slots=True)
class Prediction:
    """The probability of every label, and what the version asks of them."""

    config: ClassifierConfig
    values: Sequence[float]  # in the order of the labels
    order: Sequence[int]  # indices of the labels, likeliest first

    def first(self, count: int | None = None) -> Iterator[tuple[str, float]]:
        """Give the `count` likeliest labels (None: all) with their probabilities, likeliest first."""
        labels, values = self.config.labels, self.values
        return ((labels[index], values[index]) for index in self.order[:count])


def predict(outputs: Sequence[Outputs], config: ClassifierConfig) -> list[Prediction]:
    """Read the logits (labels,) of some inputs. Raises `CorruptArtifact` where they are not finite."""
    logits = np.stack([one["logits"] for one in outputs])
    if not np.isfinite(logits).all():
        raise CorruptArtifact("the classification head gave logits that are not finite; its weights are damaged")
    values = probabilities(logits, config.temperatures, config.multi_label)
    orders = np.argsort(-values, axis=1, kind="stable")
    return [Prediction(config, *pair) for pair in zip(values.tolist(), orders.tolist(), strict=True)]


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
