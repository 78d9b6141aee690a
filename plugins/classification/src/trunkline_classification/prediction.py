"""What one input's logits mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trunkline import CorruptArtifact, Outputs
from trunkline_classification.config import MULTI_LABEL_THRESHOLD, ClassifierConfig
from trunkline_classification.messages import ClassificationRequest, ClassificationResponse, LabelScore
from trunkline_classification.probability import probabilities


@dataclass(frozen=True, slots=True)
class Prediction:
    """Every label with its probability, likeliest first, and what the version asks of them."""

    scores: tuple[tuple[str, float], ...]
    threshold: float | None
    multi_label: bool
    out_of_scope_label: str | None


def predict(outputs: Outputs, config: ClassifierConfig) -> Prediction:
    """Read the logits (labels,) of one input. Raises `CorruptArtifact` where they are not finite."""
    logits = outputs["logits"]
    if not np.isfinite(logits).all():
        raise CorruptArtifact("the classification head gave logits that are not finite; its weights are damaged")
    values = probabilities(logits, config.temperatures, config.multi_label)
    order = np.argsort(-values, kind="stable").tolist()
    scores = tuple((config.labels[index], float(values[index])) for index in order)
    return Prediction(scores, config.threshold, config.multi_label, config.out_of_scope_label)


def respond(request: ClassificationRequest, prediction: Prediction) -> ClassificationResponse:
    """Answer as the request asks: its own threshold goes before the version's."""
    threshold = request.threshold if request.threshold is not None else prediction.threshold
    label, score = prediction.scores[0]
    chosen = _reaching(prediction.scores, threshold) if prediction.multi_label else None
    accepted = bool(chosen) if chosen is not None else threshold is None or score >= threshold
    return ClassificationResponse(
        label=label if accepted else None,
        labels=chosen,
        score=score,
        scores=[LabelScore(label=name, score=value) for name, value in prediction.scores[: request.top_k]],
        out_of_scope_label=prediction.out_of_scope_label,
    )


def _reaching(scores: Sequence[tuple[str, float]], threshold: float | None) -> list[str]:
    least = MULTI_LABEL_THRESHOLD if threshold is None else threshold
    return [name for name, value in scores if value >= least]
