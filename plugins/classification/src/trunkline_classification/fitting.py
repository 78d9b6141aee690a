"""What is fitted on dev after training: temperatures first, then the threshold on calibrated probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trunkline import Outputs
from trunkline_classification.calibration import fit_label_temperatures, fit_temperature
from trunkline_classification.config import ClassifierConfig
from trunkline_classification.example import ClassificationExample
from trunkline_classification.probability import Floats, probabilities
from trunkline_classification.threshold import fit_multi_label_threshold, fit_threshold


def fitted(
    config: ClassifierConfig, outputs: Sequence[Outputs], examples: Sequence[ClassificationExample]
) -> ClassifierConfig:
    """Fit `config` to one output for each dev example; rows with a label that training never saw tell nothing."""
    rows = [config.known(example) for example in examples]
    usable = [index for index, row in enumerate(rows) if set(row) <= set(config.labels)]
    if not usable:
        return config
    logits: Floats = np.stack([outputs[index]["logits"] for index in usable]).astype(np.float64)
    known = [rows[index] for index in usable]
    return _multi_label(config, logits, known) if config.multi_label else _single_label(config, logits, known)


def _single_label(config: ClassifierConfig, logits: Floats, rows: Sequence[tuple[str, ...]]) -> ClassifierConfig:
    places = {label: index for index, label in enumerate(config.labels)}
    targets: NDArray[np.int64] = np.array([places[row[0]] if row else -1 for row in rows])
    in_scope = targets >= 0
    temperatures = (fit_temperature(logits[in_scope], targets[in_scope]),)
    changes: dict[str, object] = {"temperatures": temperatures}
    if config.threshold_rule == "fit":
        values = probabilities(logits, temperatures, multi_label=False)
        right = values.argmax(axis=1) == targets
        changes["threshold"] = fit_threshold(values.max(axis=1), right, in_scope)
    return config.model_copy(update=changes)


def _multi_label(config: ClassifierConfig, logits: Floats, rows: Sequence[tuple[str, ...]]) -> ClassifierConfig:
    targets: NDArray[np.bool_] = np.array([[label in row for label in config.labels] for row in rows])
    temperatures = fit_label_temperatures(logits, targets)
    changes: dict[str, object] = {"temperatures": temperatures}
    if config.threshold_rule == "fit":
        changes["threshold"] = fit_multi_label_threshold(probabilities(logits, temperatures, multi_label=True), targets)
    return config.model_copy(update=changes)
