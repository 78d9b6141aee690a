"""The classification task: everything that the platform asks of it, each answered in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from trunkline import (
    IGNORE,
    Axis,
    Encoded,
    EncoderInput,
    HeadConfig,
    HeadOptions,
    HeadTask,
    LinearHead,
    Outputs,
    Targets,
    TrunkInfo,
)
from trunkline_classification import checkpoint, checks, metrics, prediction
from trunkline_classification import figures as drawing
from trunkline_classification import report as reporting
from trunkline_classification.config import ClassifierConfig, is_multi_label, learn_config, unlearnable
from trunkline_classification.example import ClassificationExample, labels_of
from trunkline_classification.fitting import fitted
from trunkline_classification.messages import ClassificationRequest, ClassificationResponse
from trunkline_classification.options import ClassificationOptions

if TYPE_CHECKING:
    import torch


class ClassificationTask(HeadTask[ClassificationRequest, ClassificationResponse, ClassificationExample]):
    """Label a text, or a pair of texts, with one label or several."""

    name = "classification"
    summary = "Label a text or a pair of texts, with probabilities that are calibrated on dev data."
    request_model = ClassificationRequest
    response_model = ClassificationResponse
    example_model = ClassificationExample
    options_model = ClassificationOptions
    output_axes: ClassVar[Mapping[str, Axis]] = {"logits": "text"}
    target_axes: ClassVar[Mapping[str, Axis]] = {"label": "text"}
    primary_metric = "accuracy"
    import_suffixes = ("ForSequenceClassification",)

    def linear_head(self, config: HeadConfig) -> LinearHead | None:
        read = ClassifierConfig.read(config)
        return None if read.pooling == "native" else LinearHead(read.pooling)

    def request(self, example: ClassificationExample) -> ClassificationRequest:
        return ClassificationRequest(model=None, text=example.text, text_pair=example.text_pair)

    def encoder_inputs(self, request: ClassificationRequest) -> Sequence[EncoderInput]:
        return [EncoderInput(request.text, request.text_pair)]

    def head_config(
        self, examples: Sequence[ClassificationExample], options: HeadOptions, trunk: TrunkInfo
    ) -> dict[str, Any]:
        return learn_config(examples, _own(options), trunk).write()

    def targets(self, example: ClassificationExample, encoded: Encoded, config: HeadConfig) -> Targets:
        """Give the label's index, () int64; of a multi-label task 0 or 1 for each label, (labels,) float32."""
        known = ClassifierConfig.read(config)
        labels = known.known(example)
        if known.multi_label:
            return {"label": np.array([label in labels for label in known.labels], dtype=np.float32)}
        return {"label": np.array(known.labels.index(labels[0]) if labels else IGNORE, dtype=np.int64)}

    def decode(self, outputs: Outputs, encoded: Encoded, config: HeadConfig) -> prediction.Prediction:
        return self.decode_all([outputs], [encoded], config)[0]

    def decode_all(
        self, outputs: Sequence[Outputs], encoded: Sequence[Encoded], config: HeadConfig
    ) -> Sequence[prediction.Prediction]:
        return prediction.predict(outputs, ClassifierConfig.read(config))

    def respond(
        self, request: ClassificationRequest, predictions: Sequence[prediction.Prediction]
    ) -> ClassificationResponse:
        return prediction.respond(request, predictions[0])

    def score(
        self, responses: Sequence[ClassificationResponse], examples: Sequence[ClassificationExample]
    ) -> dict[str, float]:
        return metrics.score(responses, examples)

    def report(
        self, responses: Sequence[ClassificationResponse], examples: Sequence[ClassificationExample]
    ) -> dict[str, Any]:
        return reporting.report(responses, examples)

    def figures(self, report: Mapping[str, Any]) -> dict[str, str]:
        return drawing.figures(report)

    def training_examples(
        self, examples: Sequence[ClassificationExample], options: HeadOptions
    ) -> Sequence[ClassificationExample]:
        own = _own(options)
        multi_label = is_multi_label(examples, own)
        return [example for example in examples if own.out_of_scope_label not in labels_of(example, multi_label)]

    def stratum(self, example: ClassificationExample) -> str:
        """Name the first label: whole sets of labels would leave most groups with one row."""
        return next(iter(labels_of(example, multi_label=True)), "")

    def warnings(self, examples: Sequence[ClassificationExample]) -> Sequence[str]:
        return checks.warnings(examples)

    def check_training(
        self, examples: Sequence[ClassificationExample], options: HeadOptions
    ) -> Sequence[tuple[int, str]]:
        return unlearnable(examples, _own(options))

    def check_examples(
        self, examples: Sequence[ClassificationExample], config: HeadConfig
    ) -> Sequence[tuple[int, str]]:
        return checks.unmeasurable(examples, ClassifierConfig.read(config))

    def calibrate(
        self,
        outputs: Sequence[Outputs],
        encoded: Sequence[Encoded],
        examples: Sequence[ClassificationExample],
        config: HeadConfig,
    ) -> dict[str, Any]:
        return fitted(ClassifierConfig.read(config), outputs, examples).write()

    def imported_config(self, hf_config: Mapping[str, Any], trunk: TrunkInfo) -> dict[str, Any]:
        return checkpoint.imported_config(hf_config, trunk).write()

    def imported_names(self, names: Sequence[str], config: HeadConfig) -> dict[str, str]:
        return checkpoint.imported_names(names, ClassifierConfig.read(config))

    def build_head(self, config: HeadConfig, width: int) -> torch.nn.Module:
        from trunkline_classification.head import build_head

        return build_head(ClassifierConfig.read(config), width)

    def loss(
        self, outputs: Mapping[str, torch.Tensor], targets: Mapping[str, torch.Tensor], config: HeadConfig
    ) -> torch.Tensor:
        from trunkline_classification.head import classification_loss

        return classification_loss(outputs["logits"], targets["label"], ClassifierConfig.read(config))


def _own(options: HeadOptions) -> ClassificationOptions:
    """Take the platform's bare defaults for ours."""
    return options if isinstance(options, ClassificationOptions) else ClassificationOptions(**options.model_dump())
