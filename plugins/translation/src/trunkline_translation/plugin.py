"""What the platform calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trunkline import Task, Terminal, hookimpl
from trunkline_translation.parallel import reading
from trunkline_translation.task import TranslationTask

if TYPE_CHECKING:
    import typer


@hookimpl
def register_tasks() -> Sequence[Task[Any, Any]]:
    return [TranslationTask()]


@hookimpl
def register_commands(cli: typer.Typer, terminal: Terminal) -> None:
    """Add `trunkline translate`."""
    from trunkline_translation.command import add_translate

    add_translate(cli, terminal)


@hookimpl
def read_examples(task: str, path: Path) -> Iterable[Mapping[str, Any]] | None:
    """Read aligned files, TMX, columns `translation`; None for rows of source and target, which the platform reads."""
    return reading.read(path) if task == TranslationTask.name else None
