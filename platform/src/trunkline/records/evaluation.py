"""A measurement of one version on one data set."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from trunkline.records.record import Record

REFERENCE = ("torch", "fp32")
"""The backend and precision that a version was tuned to be on: it needs no proof there."""


class Metric(Record):
    """A figure with its 95 % bootstrap interval (None where it was not resampled)."""

    value: float
    low: float | None = None
    high: float | None = None


class EvaluationDraft(Record):
    """A measurement that is not recorded yet."""

    backend: str
    precision: str
    dataset_name: str
    dataset_fingerprint: str  # SHA-256 of the canonical rows
    split: str  # "dev", "test"
    n: int
    seconds: float
    metrics: dict[str, Metric]
    environment: dict[str, Any]  # CPU, threads, library versions
    report: dict[str, Any] = {}  # whatever the task details: per class, confusion matrix, ...


class Evaluation(EvaluationDraft):
    """A recorded measurement."""

    id: int
    model: str  # ner/tickets@4
    created_at: datetime


def own(evaluations: Iterable[Evaluation]) -> Evaluation | None:
    """Give the measurement that stands for a version, which no later compilation for an engine changes.

    On the reference before other engines, of test data before any other, the newest of those.
    """

    def rank(one: Evaluation) -> tuple[bool, bool, int]:
        return (one.backend, one.precision) == REFERENCE, one.split == "test", one.id

    return max(evaluations, key=rank, default=None)
