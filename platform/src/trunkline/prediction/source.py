"""Rows of an input file one by one, however large it is: JSON lines, CSV or TSV, or one text a line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from trunkline.errors import InvalidInput, NotFound
from trunkline.prediction.lines import lines
from trunkline.prediction.records import records

FORMATS = {".jsonl": "json", ".ndjson": "json", ".csv": "csv", ".tsv": "csv", ".txt": "text"}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row: what it says, or what is wrong with it."""

    place: str  # texts.jsonl:17
    end: int  # bytes of the file up to its end
    fields: Mapping[str, Any] | None
    problem: str = ""


def rows(path: Path, columns: Mapping[str, str]) -> Iterator[SourceRow]:
    """Give the rows of a file; `columns` says which column a field is in, where the names differ.

    Raises `InvalidInput` for a kind of file that is none of these, `NotFound` where there is no file.
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise InvalidInput(f"{path.name}: give a file that ends with {', '.join(FORMATS)}")
    if not path.is_file():
        raise NotFound(f"there is no file {str(path)!r}")
    return _read(path, columns, kind)


def objects(file: BinaryIO, path: Path) -> Iterator[SourceRow]:
    """Read JSON lines from an open file; `path` is what places call it."""
    for line in lines(file, path):
        if line.problem:
            yield SourceRow(line.place, line.end, None, line.problem)
        elif line.text.strip():
            try:
                value = _PARSED.decode(line.text)
            except (ValueError, RecursionError) as error:
                yield SourceRow(line.place, line.end, None, f"not JSON: {error}")
                continue
            if isinstance(value, dict):
                yield SourceRow(line.place, line.end, value)
            else:
                problem = f"a JSON object is expected, this is {type(value).__name__}"
                yield SourceRow(line.place, line.end, None, problem)


def _read(path: Path, columns: Mapping[str, str], kind: str) -> Iterator[SourceRow]:
    reader = {"json": objects, "csv": _records, "text": _texts}[kind]
    with path.open("rb") as file:
        for row in reader(file, path):
            yield row if row.fields is None else replace(row, fields=renamed(row.fields, columns))


def renamed(fields: Mapping[str, Any], columns: Mapping[str, str]) -> Mapping[str, Any]:
    """Give a row's fields under their names; a column that was chosen for a field comes before one of that name."""
    if not columns:
        return fields
    chosen = {field: fields[column] for field, column in columns.items() if column in fields}
    return {name: value for name, value in fields.items() if name not in columns.values()} | chosen


def _texts(file: BinaryIO, path: Path) -> Iterator[SourceRow]:
    for line in lines(file, path):
        fields = None if line.problem else {"text": line.text.rstrip("\r\n")}
        yield SourceRow(line.place, line.end, fields, line.problem)


def _records(file: BinaryIO, path: Path) -> Iterator[SourceRow]:
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    for record in records(lines(file, path), path.name, delimiter):
        yield SourceRow(record.place, record.end, record.fields, record.problem)


def _number(text: str) -> float:
    """Read a number with a fraction or an exponent. Raises `ValueError` for one that would become infinite."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} lies beyond the largest number that is read")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_PARSED = json.JSONDecoder(parse_float=_number, parse_constant=_no_constant)
