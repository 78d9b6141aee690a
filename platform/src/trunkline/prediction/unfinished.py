"""What must hold before an output is begun, and before a killed run of it is gone on with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trunkline.errors import Conflict, CorruptArtifact, InvalidInput
from trunkline.prediction.asking import Task
from trunkline.prediction.journal import Journal, noted
from trunkline.progress import Progress, Tenths
from trunkline.serving.engine import Engine


def check_output(output: Path, overwrite: bool) -> None:
    """Raise `InvalidInput` where no file can be `output`, `Conflict` where one is there and must not be replaced."""
    if not output.parent.is_dir():
        raise InvalidInput(f"there is no folder {str(output.parent)!r} for the answers: make it first")
    if output.exists() and not output.is_file():
        kind = "a folder" if output.is_dir() else "no regular file"
        raise InvalidInput(f"{str(output)!r} is {kind}: name a file for the answers")
    if output.exists() and not overwrite:
        raise Conflict(f"{str(output)!r} exists: remove it, name another file, or allow --overwrite")


def run_of(
    engine: Engine, task: Task, models: Sequence[str | None], output: Path, more: Mapping[str, Any]
) -> dict[str, Any]:
    """Say what an output will be of; a killed run of the same goes on with the versions that it began with.

    The engine is told too: another one, or another precision, would give other answers halfway.
    """
    about = {"task": task.name, "asked": list(models), **more}
    about |= {"backend": engine.backend.name, "precision": engine.backend.precision, "device": engine.settings.device}
    return _same(about, output) or {**about, "models": _versions(engine, task, models)}


def check_gone_on(journal: Journal, output: Path, rows: int) -> None:
    """Raise `CorruptArtifact` where the lines of an earlier run are not the first of an input of `rows` rows."""
    wrong = ""
    if journal.lines > rows:
        wrong = f"has {journal.lines} lines, and the input {rows} rows"
    elif journal.lines and (last := _row(journal.last)) != journal.lines:
        wrong = f"has {journal.lines} lines, and the last says that it is of row {last}"
    if wrong:
        part = output.with_name(f"{output.name}.part")
        raise CorruptArtifact(f"{part} {wrong}: remove it and its .json and begin anew")


def going_on(progress: Progress, work: str, rows: int, total: int, done: int) -> Tenths:
    """Say how many rows an earlier run had done, if any; gives what tells how far this one is."""
    if rows:
        progress.say(f"{work}: going on after {rows:,} rows of an earlier run")
    return Tenths(progress, work, total, done)


def _same(about: Mapping[str, Any], output: Path) -> dict[str, Any] | None:
    """Give what a killed run noted of the same output, the versions it began with among it; None: there was none."""
    try:
        before = noted(output)
    except CorruptArtifact:  # the journal tells of it, where lines hang on it
        return None
    if before is None or not isinstance(before.get("models"), list):
        return None
    return before if all(before.get(name) == value for name, value in about.items()) else None


def _versions(engine: Engine, task: Task, models: Sequence[str | None]) -> list[str]:
    """Find the versions meant. Raises `InvalidInput` for one that is named twice: a line has one place for it."""
    named: dict[str, str | None] = {}
    for model in models:
        version = engine.load(model, task.name).reference
        if version in named:
            both = model if model == named[version] else f"{named[version]} and {model}, both {version},"
            raise InvalidInput(f"--model {both} stands there twice: name each version once")
        named[version] = model
    return list(named)


def _row(line: bytes) -> object:
    try:
        return json.loads(line)["row"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
