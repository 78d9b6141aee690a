"""How far the answers of one engine are from the reference's, on the same examples."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from trunkline.contract.head_task import HeadTask
from trunkline.contract.task import TaskResponse
from trunkline.records.record import Record
from trunkline.serving.engine import Engine
from trunkline.trunk.inputs import EncoderInput

SAMPLE = 64
"""Inputs whose hidden states are compared: each is some thousand numbers."""


class Comparison(Record):
    """One engine against torch in fp32."""

    states: float  # relative distance of the hidden states at the fork: norm of the difference over the norm
    same_answers: float  # share of the responses that are equal but for their scores
    score_distance: float  # the largest difference of a score in responses that are


def compare_states(reference: Engine, other: Engine, trunk: str, inputs: Sequence[EncoderInput], layer: int) -> float:
    """Give the relative distance of the states at `layer` over the first inputs."""
    asked = list(inputs[:SAMPLE])
    exact, found = (
        np.concatenate([one[0].tokens for one in asyncio.run(engine.hidden_states(trunk, asked, [layer]))])
        for engine in (reference, other)
    )
    norm = float(np.linalg.norm(exact))
    return float(np.linalg.norm(found - exact)) / norm if norm else 0.0


def compare_answers(exact: Sequence[TaskResponse], found: Sequence[TaskResponse]) -> tuple[float, float]:
    """Give the share of equal answers, scores left aside, and the largest distance of scores among those."""
    pairs = [
        (ours.model_dump(mode="json"), theirs.model_dump(mode="json"))
        for ours, theirs in zip(exact, found, strict=True)
    ]
    distances = [_distance(ours, theirs) for ours, theirs in pairs]
    equal = [distance for distance in distances if distance < math.inf]
    return len(equal) / max(1, len(pairs)), max(equal, default=0.0)


def inputs_of(task: HeadTask[Any, Any, Any], examples: Sequence[Any]) -> list[EncoderInput]:
    """Give the inputs that the trunk reads for the first examples."""
    return [one for example in examples[:SAMPLE] for one in task.encoder_inputs(task.request(example))]


def _distance(ours: Any, theirs: Any) -> float:
    """Give the largest distance of two numbers at the same place; infinite where anything else differs.

    Lists of scored entries may differ in the order of what is all but equal: they are held against each other by
    their other fields.
    """
    if isinstance(ours, float) and isinstance(theirs, float):
        return abs(ours - theirs)
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        return max((_distance(ours[key], theirs[key]) for key in ours if key != "model"), default=0.0)
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = zip(sorted(ours, key=_unscored), sorted(theirs, key=_unscored), strict=True)
        return max((_distance(left, right) for left, right in pairs), default=0.0)
    return 0.0 if ours == theirs else math.inf


def _unscored(value: Any) -> str:
    """Write a value without its scores, to sort by."""
    if isinstance(value, dict):
        return str(sorted((key, _unscored(entry)) for key, entry in value.items()))
    return "" if isinstance(value, float) else str(value)
