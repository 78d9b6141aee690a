"""Records of a CSV or TSV file one by one; of what may be the rest of a bad one, none is made."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.data.delimited import QUOTES, check_header, long_fields
from trunkline.data.text_file import LINE_CHARACTERS
from trunkline.errors import InvalidInput
from trunkline.prediction.lines import Line


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its fields by column, or what is wrong with it."""

    place: str  # of the line on which it opens, or of the one that is wrong
    end: int  # bytes of the file up to its end
    fields: Mapping[str, str] | None
    problem: str = ""


def records(read: Iterator[Line], name: str, delimiter: str) -> Iterator[Record]:
    """Read records under a header; a quoted field may hold line breaks, so a record may take several lines.

    Raises `InvalidInput` for a header that cannot be used, and where a quote that does not match leaves open which
    lines are a field's and which are rows.
    """
    at = _Position(read, delimiter)
    reader = csv.reader(at, delimiter=delimiter, strict=True)
    header, place, problem = _next(reader, at, name)
    if problem:
        raise InvalidInput(f"{place}: {problem}")
    if header is None:
        return
    names = check_header(header, place)
    while True:
        fields, place, problem = _next(reader, at, name)
        if fields is None:
            return
        if not problem and len(fields) == len(names):
            yield Record(place, at.end, dict(zip(names, fields, strict=True)))
        elif problem or any(field.strip() for field in fields):
            problem = problem or f"{len(fields)} fields where the header has {len(names)}"
            yield Record(place, at.end, None, problem)


def _next(reader: Any, at: _Position, name: str) -> tuple[Sequence[str] | None, str, str]:
    """Give the next record's fields (None: there is no more), its place, and what is wrong with it."""
    place, problem = f"{name}:{at.begin()}", ""
    try:
        with long_fields():
            fields = next(reader, None)
    except csv.Error as error:
        fields, problem = [], _told(error)
        if "field limit" in str(error) or not at.rows_follow():
            raise InvalidInput(
                f"{place}: a quoted field opens here or below and does not end as it should ({problem}); nobody can "
                f"tell where the next row begins. {QUOTES}"
            ) from None
    if fields is not None and at.wrong is not None:
        return fields, at.wrong.place, at.wrong.problem
    return fields, place, problem


class _Position:
    """Lines for csv's reader, remembering how far it has read and what stood in the lines of one record."""

    def __init__(self, read: Iterator[Line], delimiter: str) -> None:
        self.number = self.end = 0
        self.wrong: Line | None = None  # the record's first line that cannot be read
        self._first = self._quotes = 0
        self._read, self._ahead = read, deque[Line]()
        self._delimiter = delimiter

    def begin(self) -> int:
        """Begin a record; gives the number of its first line."""
        self._first, self._quotes, self.wrong = self.number + 1, 0, None
        return self._first

    def rows_follow(self) -> bool:
        """Tell whether what follows a bad record cannot be the rest of its quoted field.

        Quotes come in pairs, so a record whose lines hold an odd number may go on. And in a row the first quote
        opens a field, while in the rest of a field it closes one.
        """
        following = self._next_quoted()
        if self._quotes % 2:
            return self._first == self.number and not self._ahead
        before = "" if following is None else following.text.partition('"')[0]
        return not before or before.endswith(self._delimiter)

    def __iter__(self) -> _Position:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else next(self._read)
        self.number, self.end = self.number + 1, line.end
        self._quotes += line.text.count('"')
        if line.problem and self.wrong is None:
            self.wrong = line
        return line.text

    def _next_quoted(self) -> Line | None:
        """Look ahead for a line with a quote, as far as a field may reach."""
        for line in self._ahead:
            if '"' in line.text:
                return line
        seen = sum(len(line.text) for line in self._ahead)
        while seen <= LINE_CHARACTERS and (further := next(self._read, None)) is not None:
            self._ahead.append(further)
            seen += len(further.text)
            if '"' in further.text:
                return further
        return None


def _told(error: csv.Error) -> str:
    if "new-line character" in str(error):
        return "a carriage return without a line feed after it: convert the line ends, with tr '\\r' '\\n'"
    return str(error)
