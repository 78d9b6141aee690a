"""What the platform calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trunkline import Inference, Task, Terminal, hookimpl
from trunkline_qa import squad
from trunkline_qa.task import QuestionAnsweringTask

if TYPE_CHECKING:
    import typer
    from fastapi import APIRouter


@hookimpl
def register_tasks() -> Sequence[Task[Any, Any]]:
    return [QuestionAnsweringTask()]


@hookimpl
def read_examples(task: str, path: Path) -> Iterable[Mapping[str, Any]] | None:
    """Read SQuAD's JSON, 1.1 and 2.0; None for rows, which the platform reads."""
    if task != QuestionAnsweringTask.name or not squad.reads(path):
        return None
    return squad.read(path)


@hookimpl
def register_routes(router: APIRouter, inference: Inference) -> None:
    from trunkline_qa.knowledge.routes import add_routes  # FastAPI is there where a server is

    add_routes(router, inference)


@hookimpl
def register_commands(cli: typer.Typer, terminal: Terminal) -> None:
    from trunkline_qa.knowledge.commands import add_commands

    add_commands(cli, terminal)
