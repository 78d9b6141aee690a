"""Readability: the school grade that a text asks of its reader."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from trunkline import (
    DataError,
    Encoded,
    EncoderInput,
    HeadConfig,
    HeadOptions,
    HeadTask,
    Outputs,
    Targets,
    TaskRequest,
    TaskResponse,
    TrunkInfo,
    hookimpl,
)  # fmt: skip


class ReadabilityExample(BaseModel):
    text: str
    grade: float


class ReadabilityRequest(TaskRequest):
    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "The cat sat on the mat."}]})
    text: str


class ReadabilityResponse(TaskResponse):
    grade: float


class Readability(HeadTask[ReadabilityRequest, ReadabilityResponse, ReadabilityExample]):
    name = "readability"
    summary = "The school grade that a text asks of its reader."
    request_model, response_model, example_model = ReadabilityRequest, ReadabilityResponse, ReadabilityExample
    output_axes = target_axes = {"grade": "text"}
    primary_metric = "mae"
    higher_is_better = False

    def request(self, example: ReadabilityExample) -> ReadabilityRequest:
        return ReadabilityRequest(text=example.text)

    def encoder_inputs(self, request: ReadabilityRequest) -> Sequence[EncoderInput]:
        return [EncoderInput(request.text)]

    def head_config(
        self, examples: Sequence[ReadabilityExample], options: HeadOptions, trunk: TrunkInfo
    ) -> dict[str, Any]:
        grades = [example.grade for example in examples]
        if len(set(grades)) < 2:
            raise DataError([f"grade: every text has the grade {grades[0]}"], "Give texts of two grades or more.")
        return {"mean": statistics.fmean(grades), "spread": statistics.pstdev(grades)}

    def targets(self, example: ReadabilityExample, encoded: Encoded, config: HeadConfig) -> Targets:
        return {"grade": np.array((example.grade - config["mean"]) / config["spread"], np.float32)}

    def decode(self, outputs: Outputs, encoded: Encoded, config: HeadConfig) -> float:
        return float(outputs["grade"]) * float(config["spread"]) + float(config["mean"])

    def respond(self, request: ReadabilityRequest, predictions: Sequence[float]) -> ReadabilityResponse:
        return ReadabilityResponse(grade=predictions[0])

    def score(
        self, responses: Sequence[ReadabilityResponse], examples: Sequence[ReadabilityExample]
    ) -> dict[str, float]:
        errors = np.array([answer.grade - truth.grade for answer, truth in zip(responses, examples, strict=True)])
        return {"mae": float(np.abs(errors).mean()), "rmse": float(np.sqrt((errors**2).mean()))}

    def correct(self, response: ReadabilityResponse, example: ReadabilityExample) -> bool:
        return abs(response.grade - example.grade) <= 1

    def build_head(self, config: HeadConfig, width: int) -> Any:
        from trunkline_readability.head import MeanRegression  # torch is imported here, never with the plugin

        return MeanRegression(width)

    def loss(self, outputs: Mapping[str, Any], targets: Mapping[str, Any], config: HeadConfig) -> Any:
        from torch.nn.functional import smooth_l1_loss

        return smooth_l1_loss(outputs["grade"].float(), targets["grade"].float())


@hookimpl
def register_tasks() -> Sequence[Readability]:
    return [Readability()]
