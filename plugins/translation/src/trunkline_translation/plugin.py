"""What the platform calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from trunkline import Task, hookimpl
from trunkline_translation.parallel import reading
from trunkline_translation.task import TranslationTask


@hookimpl
def register_tasks() -> Sequence[Task[Any, Any]]:
    return [TranslationTask()]


@hookimpl
def read_examples(task: str, path: Path) -> Iterable[Mapping[str, Any]] | None:
    """Read aligned files, TMX, columns `translation`; None for rows of source and target, which the platform reads."""
    return reading.read(path) if task == TranslationTask.name else None
