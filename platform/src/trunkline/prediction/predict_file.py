"""The story of one predicted file: rows in, one line of JSON a row out, in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from trunkline.errors import InvalidInput
from trunkline.prediction.asking import Asking, Task, written
from trunkline.prediction.journal import Journal
from trunkline.prediction.source import rows
from trunkline.prediction.unfinished import check_gone_on, check_output, going_on, run_of
from trunkline.progress import Progress
from trunkline.serving.engine import Engine
from trunkline.store.blobs import sha256_of


@dataclass(frozen=True, slots=True)
class Predicted:
    """What came of a file."""

    rows: int
    resumed_at: int  # rows that an earlier, killed run had written
    problems: int  # rows with an error in place of an answer
    models: tuple[str, ...]
    backend: str
    precision: str

    @classmethod
    def of(cls, about: Mapping[str, Any], rows: int, resumed_at: int, problems: int) -> Predicted:
        return cls(rows, resumed_at, problems, tuple(about["models"]), about["backend"], about["precision"])


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
    writes the problem in its place. Raises `Conflict` where `output` exists and may not be overwritten, where another
    process writes it, or where a killed run of it had another input, other options or another engine.
    """
    check_output(output, overwrite)
    if output.exists() and output.samefile(source):
        raise InvalidInput(f"{str(output)!r} is the input: name another file for the answers")
    read = rows(source, columns or {})
    more: dict[str, Any] = {"bytes": source.stat().st_size, "sha256": sha256_of(source)}
    more |= {"options": dict(options or {}), "columns": dict(columns or {})}
    about = run_of(engine, task, models, output, more)
    asking = Asking(engine, task, about["models"], options or {}, keep_going)
    with Journal(output, about, anew=overwrite) as journal:
        check_output(output, overwrite)  # another process may have finished meanwhile
        number = at = 0
        with progress.track("predicting", source.stat().st_size) as advance:
            for row in islice(read, journal.lines):
                number, at = number + 1, row.end
            check_gone_on(journal, output, number)
            advance(at)
            tenths = going_on(progress, "predicting", journal.lines, source.stat().st_size, at)
            while chunk := list(islice(read, asking.chunk)):
                journal.append(map(written, asking.lines(chunk, number)))
                number += len(chunk)
                advance(chunk[-1].end - at)
                at = chunk[-1].end
                tenths.reached(at, f"{number:,} rows")
        journal.finish()
        return Predicted.of(about, number, journal.lines, asking.problems)
