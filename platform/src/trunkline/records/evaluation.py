"""A measurement of one version on one data set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from trunkline.records.record import Record


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
