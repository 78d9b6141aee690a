"""The story of one predicted file: rows in, one line of JSON a row out, in their order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from trunkline.errors import Conflict, InvalidInput
from trunkline.prediction.asking import Asking, Task
from trunkline.prediction.journal import Journal, noted
from trunkline.prediction.source import rows
from trunkline.progress import Progress
from trunkline.serving.engine import Engine

HEAD = 2**20  # bytes of the input that tell it from another of the same size


@dataclass(frozen=True, slots=True)
class Predicted:
    """What came of a file."""

    rows: int
    resumed_at: int  # rows that an earlier, killed run had written
    problems: int  # rows with an error in place of an answer
    models: tuple[str, ...]


def predict_file(
    engine: Engine,
    task: Task,
    models: Sequence[str | None],
    source: Path,
    output: Path,
    progress: Progress,
    *,
    columns: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
    keep_going: bool = False,
    overwrite: bool = False,
) -> Predicted:
    """Answer every row of `source` by each of `models`, into `output`; several models share one stem pass.

    A run that was killed goes on after the last whole line when it is repeated, with the versions it began with.
    A row that cannot be read or answered raises `DataError` with its place and stops there, unless `keep_going`
    writes the problem in its place. Raises `Conflict` where `output` exists and may not be overwritten.
    """
    check_output(output, overwrite)
    if output.exists() and output.samefile(source):
        raise InvalidInput(f"{str(output)!r} is the input: name another file for the answers")
    read = rows(source, columns or {})
    about = _about(engine, task, models, source, output, {"options": options or {}, "columns": columns or {}})
    asking = Asking(engine, task, about["models"], options or {}, keep_going)
    with Journal(output, about) as journal:
        number, at = journal.lines, 0
        with progress.track("predicting", source.stat().st_size) as advance:
            for row in islice(read, number):
                at = row.end
            advance(at)
            while chunk := list(islice(read, asking.chunk)):
                journal.append(json.dumps(line, ensure_ascii=False) for line in asking.lines(chunk, number))
                number += len(chunk)
                advance(chunk[-1].end - at)
                at = chunk[-1].end
        journal.finish()
        return Predicted(number, journal.lines, asking.problems, tuple(about["models"]))


def check_output(output: Path, overwrite: bool) -> None:
    """Raise `InvalidInput` where there is no folder for the answers, `Conflict` where they would replace a file."""
    if not output.parent.is_dir():
        raise InvalidInput(f"there is no folder {str(output.parent)!r} for the answers: make it first")
    if output.exists() and not overwrite:
        raise Conflict(f"{str(output)!r} exists: remove it, name another file, or allow --overwrite")


def going_on(about: Mapping[str, Any], output: Path) -> dict[str, Any] | None:
    """Give what a killed run noted of the same output, the versions it began with among it; None: there was none."""
    before = noted(output)
    same = before is not None and all(before.get(name) == value for name, value in about.items())
    return before if same else None


def _about(
    engine: Engine, task: Task, models: Sequence[str | None], source: Path, output: Path, more: Mapping[str, Any]
) -> dict[str, Any]:
    """Say what the output will be of; a killed run of the same goes on with the versions that it began with."""
    with source.open("rb") as file:
        head = hashlib.sha256(file.read(HEAD)).hexdigest()
    about = {"task": task.name, "asked": list(models), "bytes": source.stat().st_size, "head": head}
    about |= {name: dict(value) for name, value in more.items()}
    return going_on(about, output) or {**about, "models": [engine.load(model, task.name).reference for model in models]}
