"""Asking the serving engine every example, and scoring what it answers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.backends.backend import answering
from trunkline.contract.head_task import HeadTask
from trunkline.contract.task import TaskResponse
from trunkline.data.examples import Examples
from trunkline.errors import DataError, PluginError
from trunkline.evaluation.bootstrap import bootstrap, replicates_for
from trunkline.evaluation.environment import environment
from trunkline.progress import Progress, Silent
from trunkline.records import EvaluationDraft, Metric
from trunkline.serving.answers import answers
from trunkline.serving.engine import Engine

REQUESTS_AT_ONCE = 512
"""Enough for the engine to put equals in length together, few enough for the bar to move."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """The figures, and the answers behind them in the examples' order."""

    draft: EvaluationDraft
    responses: tuple[TaskResponse, ...]


def measure(
    engine: Engine,
    task: HeadTask[Any, Any, Any],
    model: str,
    examples: Examples,
    progress: Progress | None = None,
    *,
    split: str = "test",
    threads: int | None = None,
    replicates: int | None = None,
) -> Measurement:
    """Answer every example through `engine` and score the answers; seconds are of answering alone.

    `replicates` None: as many bootstrap resamples as the number of examples allows; 0: no intervals.
    Raises `DataError` for no examples, `PluginError` where the primary metric is missing or not finite.
    """
    if not len(examples):
        raise DataError([f"{examples.name}: no rows"], "Give at least one example.")
    started = time.perf_counter()
    responses: Sequence[TaskResponse] = answer(engine, task, model, examples, progress or Silent())
    seconds = time.perf_counter() - started
    responses = task.compared(responses, examples.items)
    count = replicates_for(len(examples)) if replicates is None else replicates
    backend, precision = answering(engine.backend, task)
    draft = EvaluationDraft(
        backend=backend,
        precision=precision,
        dataset_name=examples.name,
        dataset_fingerprint=examples.fingerprint,
        split=split,
        n=len(examples),
        seconds=seconds,
        metrics=_metrics(task, responses, examples, count),
        environment={**environment(threads), "bootstrap_replicates": count, **_dropped(examples)},
        report=task.report(responses, examples.items),
    )
    return Measurement(draft, tuple(responses))


def answer(
    engine: Engine, task: HeadTask[Any, Any, Any], model: str, examples: Examples, progress: Progress
) -> list[TaskResponse]:
    """Give a response to each example, asked some hundreds at a time."""
    responses: list[TaskResponse] = []
    with progress.track("evaluating", len(examples)) as advance:
        for start in range(0, len(examples), REQUESTS_AT_ONCE):
            requests = [task.request(example) for example in examples.items[start : start + REQUESTS_AT_ONCE]]
            responses += answers(engine, task, model, requests)
            advance(len(requests))
    return responses


def _dropped(examples: Examples) -> dict[str, int]:
    """Give how many rows the figures are not about, where there are such rows."""
    return {"dropped_rows": examples.dropped} if examples.dropped else {}


def _metrics(
    task: HeadTask[Any, Any, Any], responses: Sequence[TaskResponse], examples: Examples, replicates: int
) -> dict[str, Metric]:
    metrics = bootstrap(task.score, responses, examples.items, replicates)
    if task.primary_metric not in metrics:
        raise PluginError(f"task {task.name!r}: score gives no finite {task.primary_metric!r}, its primary metric")
    return metrics
