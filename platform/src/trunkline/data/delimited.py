"""CSV and TSV, by the standard library's reader."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from trunkline.data.table import Row, Table
from trunkline.data.text_file import LINE_CHARACTERS
from trunkline.errors import DataError

DELIMITERS = (",", "\t", ";", "|")
QUOTES = 'A field that holds " or a line break is put in quotes, each " in it written twice.'
_limit_lock = threading.Lock()


def read_delimited(text: str, name: str, delimiter: str | None = None) -> Table:
    """Read rows under a header; `delimiter` None: whichever cuts the header into most columns.

    A row's place is the line on which it opens. Every value is text. Rows of another width or with quotes that
    do not match become problems. Raises `DataError` for such a header, and for one that names a column twice.
    """
    rows: list[Row] = []
    remedy = ""
    problems: list[str] = []
    with long_fields():
        records = _records(text, delimiter or sniff_delimiter(text))
        line, header = next(records, (1, []))
        if isinstance(header, str):
            raise DataError([f"{name}:{line}: {header}"], QUOTES)
        header = check_header(header, f"{name}:{line}")
        for line, fields in records:
            if isinstance(fields, str):
                problems.append(f"{name}:{line}: {fields}")
                remedy = QUOTES
            elif len(fields) == len(header):
                values = {column: field for column, field in zip(header, fields, strict=True) if column}
                rows.append(Row(f"{name}:{line}", values))
            else:
                problems.append(f"{name}:{line}: {len(fields)} fields where the header has {len(header)}")
    return Table(name, rows, problems, text_only=True, remedy=remedy)


def sniff_delimiter(text: str) -> str:
    """Give the delimiter that cuts the first line into most columns; the comma where none does."""
    first = next(line for line in io.StringIO(text, newline="") if line.strip())
    return max(DELIMITERS, key=lambda delimiter: len(next(csv.reader([first], delimiter=delimiter))))


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield (line, fields) of every record that is not blank; what is wrong in place of fields that cannot be read."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader, None)
        except csv.Error as error:  # the reader goes on with the next line
            yield line, str(error)
            continue
        if fields is None:
            return
        if any(field.strip() for field in fields):
            yield line, fields


def check_header(fields: Sequence[str], place: str) -> list[str]:
    """Give a header's names without blanks around them. Raises `DataError` where it names a column twice."""
    header = [column.strip() for column in fields]  # a column without name (a row index) is left out
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise DataError([f"{place}: the header names a column twice: {', '.join(twice)}"], "Rename one of them.")
    return header


@contextmanager
def long_fields() -> Iterator[None]:
    """Allow long fields while reading: the reader's limit belongs to the process and is put back."""
    with _limit_lock:
        before = csv.field_size_limit(LINE_CHARACTERS)
        try:
            yield
        finally:
            csv.field_size_limit(before)
