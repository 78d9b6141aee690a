"""What the platform calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from trunkline import Task, hookimpl
from trunkline_ner import conll, token_rows
from trunkline_ner.task import NerTask


@hookimpl
def register_tasks() -> Sequence[Task[Any, Any]]:
    return [NerTask()]


@hookimpl
def read_examples(task: str, path: Path) -> Iterable[Mapping[str, Any]] | None:
    """Read CoNLL columns, and any file or folder of tokens with tags; None for text with spans."""
    if task != NerTask.name:
        return None
    if token_rows.reads(path):
        return token_rows.read(path)
    if conll.reads(path):
        return conll.read(path)
    return None
