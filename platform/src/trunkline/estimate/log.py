"""The lines of a log as requests; what is wrong with a line is told with its place."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from trunkline.data.text_file import LINE_CHARACTERS
from trunkline.errors import DataError, InvalidInput, NotFound
from trunkline.estimate.traffic import Request
from trunkline.prediction.source import SourceRow
from trunkline.trunk.tokenizer import check_text

PROBLEMS = 1000  # bad lines after which reading stops
HASHES = ("text_hash", "hash")
MOST_TOKENS = LINE_CHARACTERS  # in one line: no longer text is read from any file
LATEST = 1e11  # seconds: the year 5138; what is later was meant as milliseconds


@dataclass(frozen=True, slots=True)
class Line:
    """What one line says."""

    key: bytes  # of the text
    text: str | None
    version: int
    tokens: int | None
    time: float | None


class Lines:
    """Reads rows as lines, and gathers what is wrong."""

    def __init__(self, number: Callable[[str | None, str | None], int]) -> None:
        """`number` gives the version's number for a task and a model."""
        self._number = number
        self._timed: bool | None = None

    def read(self, rows: Iterable[SourceRow]) -> Iterator[Line]:
        """Give the good lines. Raises `DataError` at the end for all that are not."""
        problems: list[str] = []
        for row in rows:
            try:
                yield self._line(row)
            except (InvalidInput, NotFound) as error:
                problems.append(f"{row.place}: {error}")
                if len(problems) == PROBLEMS:
                    break
        if problems:
            remedy = "A line has text (or text_hash) and task (or model), and may have tokens and time."
            raise DataError(problems, remedy)

    def _line(self, row: SourceRow) -> Line:
        if row.fields is None:
            raise InvalidInput(row.problem)
        fields = {name: value for name, value in row.fields.items() if value not in (None, "") or name == "text"}
        task, model = _name(fields, "task"), _name(fields, "model")
        if task is None and model is None:
            raise InvalidInput("neither task nor model: say which was asked")
        line = Line(*_key(fields), self._number(task, model), _tokens(fields), _time(fields))
        if self._timed is None:
            self._timed = line.time is not None
        if self._timed != (line.time is not None):
            raise InvalidInput("time: give it in every line, or in none")
        return line


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many tokens a line has that does not say: a function of its text's length, or what is usual."""

    per_character: float
    special: int  # tokens around every text
    usual: float

    def request(self, line: Line) -> Request:
        """Give a line with its tokens."""
        tokens = line.tokens if line.tokens is not None else self._guessed(line.text)
        return Request(line.key, line.version, tokens, line.time)

    def _guessed(self, text: str | None) -> float:
        return self.usual if text is None else self.special + self.per_character * len(text)


def _key(fields: Mapping[str, Any]) -> tuple[bytes, str | None]:
    """Hash a text, or the name that stands for it; 8 bytes: ten million texts collide once in 400,000 logs."""
    text = fields.get("text")
    if isinstance(text, str):
        return _digest(b"t", check_text(text)), text
    if text is not None:
        raise InvalidInput(f"text: a text is expected, this is {type(text).__name__}")
    for name in HASHES:
        if isinstance(fields.get(name), str | int):
            return _digest(b"h", str(fields[name])), None
    raise InvalidInput("no text and no text_hash: say what was asked about")


def _digest(kind: bytes, text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, person=kind).digest()


def _name(fields: Mapping[str, Any], field: str) -> str | None:
    name = fields.get(field)
    if name is not None and not isinstance(name, str):
        raise InvalidInput(f"{field}: a name is expected, this is {type(name).__name__}")
    return name


def _tokens(fields: Mapping[str, Any]) -> int | None:
    tokens = _finite(fields.get("tokens"))
    if tokens is not None and (tokens < 1 or tokens != int(tokens)):
        raise InvalidInput(f"tokens: {fields['tokens']!r} is no whole number above 0")
    if tokens is None and "tokens" in fields:
        raise InvalidInput(f"tokens: {str(fields['tokens'])[:40]!r} is no number")
    if tokens is not None and tokens > MOST_TOKENS:
        raise InvalidInput(f"tokens: {str(fields['tokens'])[:40]} in one text; at most {MOST_TOKENS} are counted")
    return None if tokens is None else int(tokens)


def _time(fields: Mapping[str, Any]) -> float | None:
    time = fields.get("time")
    if time is None:
        return None
    seconds = _finite(time)
    if seconds is None and isinstance(time, str):
        seconds = _moment(time)
    if seconds is None:
        raise InvalidInput(f"time: {str(time)[:40]!r} is neither seconds since 1970 nor ISO 8601")
    if abs(seconds) > LATEST:
        raise InvalidInput(f"time: {time!r} looks like milliseconds: give seconds")
    return seconds


def _moment(time: str) -> float | None:
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _finite(value: object) -> float | None:
    """Read a number, or a string of one as tables have them."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
