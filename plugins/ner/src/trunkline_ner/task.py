"""The NER task: what a row, a request and an answer are, and how the head's outputs become spans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from trunkline import (
    Axis,
    DataError,
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
from trunkline_ner import checkpoint, metrics, warnings
from trunkline_ner.decode import Found, found_all
from trunkline_ner.joined_words import entities_keep_whole
from trunkline_ner.models import Entity, NerExample, NerOptions, NerRequest, NerResponse
from trunkline_ner.schemes import OUTSIDE, Scheme
from trunkline_ner.targets import tag_targets
from trunkline_ner.units import units

if TYPE_CHECKING:
    import torch

SHOWN = 10  # labels in a message


class NerTask(HeadTask[NerRequest, NerResponse, NerExample]):
    """Names and other entities in a text, as spans of its code points."""

    name = "ner"
    summary = "Find entities in a text: persons, places, products, or whatever the data marks."
    request_model = NerRequest
    response_model = NerResponse
    example_model = NerExample
    options_model = NerOptions
    output_axes: ClassVar[Mapping[str, Axis]] = {"logits": "token"}
    target_axes: ClassVar[Mapping[str, Axis]] = {"tags": "token"}
    primary_metric = "f1"
    import_suffixes = ("ForTokenClassification",)

    def request(self, example: NerExample) -> NerRequest:
        return NerRequest(text=example.text, model=None, min_score=0.0)

    def encoder_inputs(self, request: NerRequest) -> Sequence[EncoderInput]:
        return [EncoderInput(request.text)]

    def head_config(self, examples: Sequence[NerExample], options: HeadOptions, trunk: TrunkInfo) -> dict[str, Any]:
        labels = _labels(examples)
        tags = [OUTSIDE, *(f"{prefix}-{label}" for label in labels for prefix in "BI")]
        dropout = options.dropout if isinstance(options, NerOptions) else NerOptions().dropout
        spans = ((example.text, [(e.start, e.end) for e in example.entities]) for example in examples)
        return {
            "labels": labels,
            "tags": tags,
            "scheme": str(Scheme.IOB2),
            "joined_words": entities_keep_whole(spans),
            "layout": "linear",
            "dropout": dropout,
        }

    def targets(self, example: NerExample, encoded: Encoded, config: HeadConfig) -> Targets:
        words, scheme = units(encoded, config["joined_words"]), Scheme(config["scheme"])
        return {"tags": tag_targets(example.entities, words, len(encoded), config["tags"], scheme)}

    def decode(self, outputs: Outputs, encoded: Encoded, config: HeadConfig) -> list[Found]:
        return self.decode_all([outputs], [encoded], config)[0]

    def decode_all(
        self, outputs: Sequence[Outputs], encoded: Sequence[Encoded], config: HeadConfig
    ) -> Sequence[list[Found]]:
        words = [units(one, config["joined_words"]) for one in encoded]
        logits = [one["logits"][own.tokens] for one, own in zip(outputs, words, strict=True)]
        texts = [one.source.text for one in encoded]
        return found_all(logits, words, texts, tuple(config["tags"]), Scheme(config["scheme"]))

    def linear_head(self, config: HeadConfig) -> LinearHead | None:
        return LinearHead("none") if config["layout"] == "linear" else None

    def respond(self, request: NerRequest, predictions: Sequence[Sequence[Found]]) -> NerResponse:
        entities = [
            Entity(start=start, end=end, label=label, text=request.text[start:end], score=score)
            for start, end, label, score in predictions[0]
            if score >= request.min_score
        ]
        return NerResponse(entities=entities)

    def score(self, responses: Sequence[NerResponse], examples: Sequence[NerExample]) -> dict[str, float]:
        return metrics.score([r.spans for r in responses], [e.spans for e in examples])

    def report(self, responses: Sequence[NerResponse], examples: Sequence[NerExample]) -> dict[str, Any]:
        return metrics.report([r.spans for r in responses], [e.spans for e in examples])

    def correct(self, response: NerResponse, example: NerExample) -> bool:
        return response.spans == example.spans

    def stratum(self, example: NerExample) -> str | None:
        return "with entities" if example.entities else "without"

    def warnings(self, examples: Sequence[NerExample]) -> Sequence[str]:
        return warnings.of_labels(entity.label for example in examples for entity in example.entities)

    def check_training(self, examples: Sequence[NerExample], options: HeadOptions) -> Sequence[tuple[int, str]]:
        _labels(examples)
        return []

    def check_examples(self, examples: Sequence[NerExample], config: HeadConfig) -> Sequence[tuple[int, str]]:
        known = config["labels"]
        they_are = f"they are {', '.join(map(repr, known[:SHOWN]))}{', ...' if len(known) > SHOWN else ''}"
        return [
            (index, f"entities: the label {label!r} is not one of the {len(known)} that are known; {they_are}")
            for index, example in enumerate(examples)
            for label in sorted({entity.label for entity in example.entities} - set(known))
        ]

    def imported_config(self, hf_config: Mapping[str, Any], trunk: TrunkInfo) -> dict[str, Any]:
        return checkpoint.head_config(hf_config)

    def imported_names(self, names: Sequence[str], config: HeadConfig) -> dict[str, str]:
        return checkpoint.tensor_names(names, config)

    def build_head(self, config: HeadConfig, width: int) -> torch.nn.Module:
        from trunkline_ner.head import TagHead

        return TagHead(config, width)

    def loss(
        self, outputs: Mapping[str, torch.Tensor], targets: Mapping[str, torch.Tensor], config: HeadConfig
    ) -> torch.Tensor:
        from trunkline_ner.head import tag_loss

        return tag_loss(outputs["logits"], targets["tags"])


def _labels(examples: Sequence[NerExample]) -> list[str]:
    """Give the labels that occur, sorted. Raises `DataError` where nothing is marked."""
    labels = sorted({entity.label for example in examples for entity in example.entities})
    if not labels:
        raise DataError(["no entity in the training data: nothing to learn"], "Give texts with marked entities.")
    return labels
