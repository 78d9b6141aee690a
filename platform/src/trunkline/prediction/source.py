"""Rows of an input file one by one, however large it is: JSON lines, CSV or TSV, or one text a line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from trunkline.data.text_file import LINE_CHARACTERS
from trunkline.errors import InvalidInput, NotFound

FORMATS = {".jsonl": "json", ".ndjson": "json", ".csv": "csv", ".tsv": "csv", ".txt": "text"}
_BOM = b"\xef\xbb\xbf"


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
    for place, end, line, problem in _lines(file, path):
        if problem:
            yield SourceRow(place, end, None, problem)
        elif line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield SourceRow(place, end, None, f"not JSON: {error}")
                continue
            if isinstance(value, dict):
                yield SourceRow(place, end, value)
            else:
                yield SourceRow(place, end, None, f"a JSON object is expected, this is {type(value).__name__}")


def _read(path: Path, columns: Mapping[str, str], kind: str) -> Iterator[SourceRow]:
    named = {column: field for field, column in columns.items()}
    reader = {"json": objects, "csv": _records, "text": _texts}[kind]
    with path.open("rb") as file:
        for row in reader(file, path):
            if row.fields is None or not named:
                yield row
            else:
                fields = {named.get(column, column): value for column, value in row.fields.items()}
                yield SourceRow(row.place, row.end, fields)


def _lines(file: BinaryIO, path: Path) -> Iterator[tuple[str, int, str, str]]:
    """Yield (place, bytes so far, text, problem) of each line; only a line feed ends one: a text may hold U+2028."""
    end = 0
    for number, raw in enumerate(file, 1):
        end += len(raw)
        place = f"{path.name}:{number}"
        if len(raw) > LINE_CHARACTERS:
            yield place, end, "", f"a line of {len(raw)} bytes; at most {LINE_CHARACTERS} are read"
            continue
        try:
            text = (raw.removeprefix(_BOM) if number == 1 else raw).decode("utf-8")
        except UnicodeDecodeError as error:
            yield place, end, "", f"not UTF-8 at byte {error.start + 1} of the line: convert the file with iconv"
            continue
        yield place, end, text, ""


def _texts(file: BinaryIO, path: Path) -> Iterator[SourceRow]:
    for place, end, line, problem in _lines(file, path):
        text = line.rstrip("\r\n")
        yield SourceRow(place, end, None, problem) if problem else SourceRow(place, end, {"text": text})


def _records(file: BinaryIO, path: Path) -> Iterator[SourceRow]:
    """Read records under a header; a quoted field may hold line breaks, so a record may take several lines."""
    at = _Position(file, path)
    reader = csv.reader(at, delimiter="\t" if path.suffix.lower() == ".tsv" else ",", strict=True)
    header = [column.strip() for column in next(reader, [])]
    while True:
        first = at.number + 1
        try:
            fields = next(reader, None)
        except csv.Error as error:
            yield SourceRow(f"{path.name}:{first}", at.end, None, str(error))
            continue
        if fields is None:
            return
        place = f"{path.name}:{first}"
        if len(fields) == len(header):
            yield SourceRow(place, at.end, dict(zip(header, fields, strict=True)))
        elif any(field.strip() for field in fields):
            problem = f"{len(fields)} fields where the header has {len(header)}"
            yield SourceRow(place, at.end, None, problem)


class _Position:
    """Lines for csv's reader, remembering how far it has read. Raises `InvalidInput` for a line that is no text."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.number = self.end = 0
        self._lines = _lines(file, path)

    def __iter__(self) -> _Position:
        return self

    def __next__(self) -> str:
        place, self.end, text, problem = next(self._lines)
        self.number += 1
        if problem:
            raise InvalidInput(f"{place}: {problem}")
        return text
