"""The entry point: tells Trunkline which task this package brings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trunkline import Task, hookimpl
from trunkline_classification.task import ClassificationTask


@hookimpl
def register_tasks() -> Sequence[Task[Any, Any]]:
    return [ClassificationTask()]
