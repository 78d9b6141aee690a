"""What the platform calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from trunkline import Task, hookimpl
from trunkline_qa import squad
from trunkline_qa.retrieval.task import RetrievalTask
from trunkline_qa.task import QuestionAnsweringTask


@hookimpl
def register_tasks() -> Sequence[Task[Any, Any]]:
    return [QuestionAnsweringTask(), RetrievalTask()]


@hookimpl
def read_examples(task: str, path: Path) -> Iterable[Mapping[str, Any]] | None:
    """Read SQuAD's JSON, 1.1 and 2.0; None for rows, which the platform reads."""
    if task != QuestionAnsweringTask.name or not squad.reads(path):
        return None
    return squad.read(path)
