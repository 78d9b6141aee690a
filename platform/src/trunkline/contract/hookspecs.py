"""Every hook that Trunkline calls, in one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from trunkline.contract.task import Task
from trunkline.records import Evaluation, Version

if TYPE_CHECKING:
    import typer
    from fastapi import APIRouter

    from trunkline.contract.inference import Inference
    from trunkline.contract.terminal import Terminal

PROJECT = "trunkline"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_tasks() -> Sequence[Task[Any, Any]]:
    """Called once when plugins are loaded. All answers are joined; two tasks of one name are an error."""
    raise NotImplementedError


@hookspec
def register_backends() -> Sequence[Any]:
    """Called once when plugins are loaded. All answers are joined; a later backend of a known name is an error."""
    raise NotImplementedError


@hookspec(firstresult=True)
def read_examples(task: str, path: Path) -> Iterable[Mapping[str, Any]] | None:
    """Called before a data file or folder is read for `task`. The first answer that is not None wins.

    Called too where there is nothing at `path`, since a name may stand for several files; that it is missing is told
    where all answer None, or one lets `FileNotFoundError` pass.
    Rows are mappings of column to value; a row may carry its place in the file under `"__place__"`
    (`"train.conll:17"`), which messages name. Answer None for a format that is not yours.
    """


@hookspec
def register_routes(router: APIRouter, inference: Inference) -> None:
    """Called once when a server is built, with a router under `/v1`. Every plugin is called."""


@hookspec
def register_commands(cli: typer.Typer, terminal: Terminal) -> None:
    """Called once when the command line is built. Every plugin is called; add commands to `cli`.

    `terminal` is what they print to, and where they ask the models when they run.
    """


@hookspec
def version_registered(version: Version) -> None:
    """Called after a version is committed. Every plugin is called; what one raises is logged, undoes nothing."""


@hookspec
def evaluation_recorded(evaluation: Evaluation) -> None:
    """Called after an evaluation is committed. Every plugin is called; what one raises is logged, undoes nothing."""
