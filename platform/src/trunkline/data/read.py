"""The one way in for labelled data: a source becomes validated examples, or every problem is told."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import BaseModel, ValidationError

from trunkline.contract.head_task import HeadTask
from trunkline.contract.plugins import Plugins
from trunkline.data import bad_rows
from trunkline.data.columnar import is_dataset_folder
from trunkline.data.columns import match_columns, pick
from trunkline.data.examples import Examples
from trunkline.data.table import Table, table_of
from trunkline.data.tables import read_table
from trunkline.data.text_file import not_utf8
from trunkline.errors import DataError, InvalidInput, NotFound
from trunkline.progress import Progress

Source = str | Path | Sequence[Mapping[str, Any]]


def read_examples(
    task: HeadTask[Any, Any, Any],
    source: Source,
    plugins: Plugins,
    columns: Mapping[str, str] | None = None,
    dropping: Progress | None = None,
) -> Examples:
    """Read a file, a folder, standard input ("-") or rows in memory, for `task`.

    `columns` says field -> column where names differ. Plugins are asked first whether the format is theirs.
    Bad rows are told to `dropping` and left out; without it, and where no row is left, they are an error.
    Raises `DataError` with every bad row (`train.jsonl:17: entities.0.end: ...`), `NotFound` for no such file.
    """
    if source == "-":
        return _read_stream(task, sys.stdin.buffer, "stdin", plugins, columns or {}, dropping)
    if isinstance(source, str | Path) and Path(source).is_fifo():  # <(command) of a shell: can be read only once
        with Path(source).open("rb") as stream:
            return _read_stream(task, stream, "pipe", plugins, columns or {}, dropping)
    table = (
        _table(task, Path(source), plugins, dropping) if isinstance(source, str | Path) else table_of("rows", source)
    )
    return validate(table, task.example_model, columns or {}, dropping)


def validate(
    table: Table, model: type[BaseModel], columns: Mapping[str, str], dropping: Progress | None = None
) -> Examples:
    """Turn a table's rows into examples. Raises `DataError` with all that is wrong with any of them.

    With `dropping`, which is told of bad rows, it raises where no row is good.
    """
    problems = list(table.problems)
    if not table.rows:
        remedy = table.remedy or ("" if problems else "Give at least one example.")
        raise DataError(problems or [f"{table.name}: no rows"], remedy)
    fields = match_columns(table, model, columns)
    items, places = [], []
    for row in table.rows:
        try:
            items.append(model.model_validate(pick(row.values, fields, model, table.text_only)))
            places.append(row.place)
        except ValidationError as error:
            problems += [f"{row.place}: {problem}" for problem in _told(error)]
    if problems and (dropping is None or not items):
        raise DataError(problems, table.remedy)
    bad = len(table.rows) - len(items) + (len(table.problems) if table.bad_rows is None else table.bad_rows)
    if dropping is not None and problems:
        bad_rows.told(dropping, table.name, bad, problems)
    return Examples.of(table.name, items, places, bad)


def _told(error: ValidationError) -> list[str]:
    """Put pydantic's errors as `entities.0.end: what is wrong`, the value itself left out."""
    told = []
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        where = ".".join(str(part) for part in detail["loc"])
        message = detail["msg"].removeprefix("Value error, ")
        told.append(f"{where}: {message}" if where else message)
    return told


def _table(task: HeadTask[Any, Any, Any], path: Path, plugins: Plugins, dropping: Progress | None) -> Table:
    try:
        rows = plugins.hooks.read_examples(task=task.name, path=path)  # may know a name of several files
        if rows is None and not path.exists():
            raise _missing(path)
        return read_table(path) if rows is None else table_of(path.name, rows)
    except DataError as error:
        if dropping is None or not error.rows:
            raise
        rest = table_of(path.name, error.rows).rows
        return Table(path.name, rest, error.problems, remedy=error.remedy, bad_rows=error.bad_rows)
    except UnicodeDecodeError as error:  # a plugin's reader met another encoding
        raise not_utf8(path.name, bytes(error.object), error.start) from error
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not path.exists():
            raise _missing(path) from None
        raise InvalidInput(f"{path.name} cannot be read: {error.strerror or error}") from error


def _missing(path: Path) -> NotFound:
    siblings = [other.name for other in path.parent.iterdir() if _readable(other)] if path.parent.is_dir() else []
    return NotFound.named("file", path.name, siblings)


def _readable(path: Path) -> bool:
    """Tell whether `path` could hold data: a file, or a folder that `datasets` wrote."""
    try:
        return path.is_file() or is_dataset_folder(path)
    except OSError:
        return False


def _read_stream(
    task: HeadTask[Any, Any, Any],
    stream: BinaryIO,
    name: str,
    plugins: Plugins,
    columns: Mapping[str, str],
    dropping: Progress | None,
) -> Examples:
    with tempfile.TemporaryDirectory() as folder:  # plugins are asked about a path
        path = Path(folder) / name
        with path.open("wb") as file:
            shutil.copyfileobj(stream, file)
        return validate(_table(task, path, plugins, dropping), task.example_model, columns, dropping)
