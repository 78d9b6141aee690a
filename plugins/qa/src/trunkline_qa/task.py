"""The QA task: what a row, a request and an answer are, and how the head's outputs become answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from trunkline import (
    IGNORE,
    Axis,
    DataError,
    Encoded,
    EncoderInput,
    HeadConfig,
    HeadOptions,
    HeadTask,
    Inference,
    InvalidInput,
    Outputs,
    Targets,
    TrunkInfo,
)
from trunkline_qa import checkpoint, metrics, words
from trunkline_qa.examples import QAExample, QAOptions
from trunkline_qa.knowledge.answering import answered
from trunkline_qa.messages import FoundAnswer, QARequest, QAResponse
from trunkline_qa.spans import Span, best

if TYPE_CHECKING:
    import torch

FEWEST_WORDS = 8  # that an answer may have, however short those of the training data are


@dataclass(frozen=True, slots=True)
class Prediction:
    """The best spans of a context, best first, and the score below which the version would say nothing."""

    spans: Sequence[Span]
    threshold: float | None


class QuestionAnsweringTask(HeadTask[QARequest, QAResponse, QAExample]):
    """The part of a context, or of a knowledge base, that answers a question, or that there is none."""

    name = "qa"
    summary = "Answer a question from a text, with the answer's place in it, or say that the text has none."
    request_model = QARequest
    response_model = QAResponse
    example_model = QAExample
    options_model = QAOptions
    output_axes: ClassVar[Mapping[str, Axis]] = {"starts": "token", "ends": "token"}
    target_axes: ClassVar[Mapping[str, Axis]] = {"opens": "token", "closes": "token"}
    primary_metric = "f1"
    layers_rate = 5e-4
    """PolicyQA, fork 3, 3 epochs, F1 on dev (test): 40.7 (34.2) at 2e-4, 46.0 (38.7) at 5e-4, 47.1 (38.8) at 1e-3."""
    import_suffixes = ("ForQuestionAnswering",)

    async def run(self, request: QARequest, inference: Inference) -> QAResponse:
        if request.knowledge_base is not None:
            return await answered(request, self.name, inference)
        return await super().run(request, inference)

    def request(self, example: QAExample) -> QARequest:
        return QARequest.model_construct(
            model=None, question=example.question, context=example.context, top_k=1, threshold=None
        )

    def encoder_inputs(self, request: QARequest) -> Sequence[EncoderInput]:
        if request.context is None:
            raise InvalidInput(
                f"the knowledge base {request.knowledge_base!r} is asked at POST /v1/qa, or by: trunkline qa "
                "knowledge-base ask; here give a context"
            )
        return [EncoderInput(request.question, request.context)]

    def head_config(self, examples: Sequence[QAExample], options: HeadOptions, trunk: TrunkInfo) -> dict[str, Any]:
        own = options if isinstance(options, QAOptions) else QAOptions()
        marked = [(example.context, answer) for example in examples for answer in example.answers]
        if not marked:
            raise DataError(["no answer in the training data: nothing to learn"], "Give questions with answers.")
        longest = max(FEWEST_WORDS, *(words.count(answer.text) for _, answer in marked))
        return {
            "whole_words": words.keep_words_whole((context, one.start, one.end) for context, one in marked),
            "max_words": own.max_answer_words or longest,
            "threshold": None,
            "dropout": own.dropout,
        }

    def targets(self, example: QAExample, encoded: Encoded, config: HeadConfig) -> Targets:
        """Give 1 at the first and at the last token of the first right answer; 0 at the context's other tokens."""
        opens = np.where(encoded.sides == 1, 0, IGNORE).astype(np.int64)
        closes = opens.copy()
        parts = words.units(encoded, config["whole_words"])
        if example.answers and len(parts):
            answer = example.answers[0]
            starts, ends = encoded.offsets[parts.first, 0], encoded.offsets[parts.last, 1]
            inside = np.flatnonzero((ends > answer.start) & (starts < answer.end))
            if len(inside):
                opens[parts.first[inside[0]]] = 1
                closes[parts.last[inside[-1]]] = 1
        return {"opens": opens, "closes": closes}

    def decode(self, outputs: Outputs, encoded: Encoded, config: HeadConfig) -> Prediction:
        parts = words.units(encoded, config["whole_words"])
        spans = best(outputs["starts"], outputs["ends"], parts, encoded, config["max_words"])
        return Prediction(spans, config["threshold"])

    def respond(self, request: QARequest, predictions: Sequence[Prediction]) -> QAResponse:
        [prediction] = predictions
        least = request.threshold if request.threshold is not None else prediction.threshold
        context = request.context or ""
        answers = [
            FoundAnswer(text=context[one.start : one.end], start=one.start, end=one.end, score=one.score)
            for one in prediction.spans[: request.top_k]
            if least is None or one.score >= least
        ]
        return QAResponse(answer=answers[0].text if answers else None, answers=answers)

    def score(self, responses: Sequence[QAResponse], examples: Sequence[QAExample]) -> dict[str, float]:
        return metrics.score([response.answer or "" for response in responses], [one.texts for one in examples])

    def report(self, responses: Sequence[QAResponse], examples: Sequence[QAExample]) -> dict[str, Any]:
        return metrics.report([response.answer or "" for response in responses], [one.texts for one in examples])

    def correct(self, response: QAResponse, example: QAExample) -> bool:
        return metrics.of_answer(response.answer or "", example.texts)[0] == 1.0

    def stratum(self, example: QAExample) -> str:
        return "has an answer" if example.answers else "has none"

    def group(self, example: QAExample) -> str:
        return example.context

    def calibrate(
        self, outputs: Sequence[Outputs], encoded: Sequence[Encoded], examples: Sequence[QAExample], config: HeadConfig
    ) -> HeadConfig:
        """Fit the threshold to the best mean F1, where dev has questions of both kinds."""
        if len({bool(example.answers) for example in examples}) < 2:
            return config
        said = self.decode_all(outputs, encoded, config)
        tops = [one.spans[0] if one.spans else Span(0, 0, 0.0) for one in said]
        texts = [one.context[top.start : top.end] for one, top in zip(examples, tops, strict=True)]

        def worth(row: int, answered: bool) -> float:
            return metrics.of_answer(texts[row] if answered else "", examples[row].texts)[1]

        return {**config, "threshold": metrics.best_threshold([top.score for top in tops], worth)}

    def imported_config(self, hf_config: Mapping[str, Any], trunk: TrunkInfo) -> dict[str, Any]:
        return checkpoint.head_config(hf_config)

    def imported_names(self, names: Sequence[str], config: HeadConfig) -> dict[str, str]:
        return checkpoint.tensor_names(names)

    def build_head(self, config: HeadConfig, width: int) -> torch.nn.Module:
        from trunkline_qa.head import SpanHead

        return SpanHead(config, width)

    def loss(
        self, outputs: Mapping[str, torch.Tensor], targets: Mapping[str, torch.Tensor], config: HeadConfig
    ) -> torch.Tensor:
        from trunkline_qa.head import span_loss

        return span_loss(outputs["starts"], outputs["ends"], targets["opens"], targets["closes"])
