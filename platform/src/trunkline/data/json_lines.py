"""JSON lines, and a JSON array of objects."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NoReturn

from trunkline.data.table import Row, Table
from trunkline.errors import DataError


def read_json(text: str, name: str) -> Table:
    """Read a file that is one array of objects, or else one object a line."""
    return _read_array(text, name) if text.lstrip().startswith("[") else _read_lines(text, name)


def _read_lines(text: str, name: str) -> Table:
    rows: list[Row] = []
    problems: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):  # only \n: a text may hold U+2028 and its like
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            rows.append(Row(place, _object(_parse(line))))
        except ValueError as error:
            problems.append(f"{place}: {error}")
    return Table(name, rows, problems)


def _read_array(text: str, name: str) -> Table:
    try:
        values: Sequence[Any] = _parse(text)
    except ValueError as error:
        raise DataError([f"{name}: {error}"], "Write an array of objects, or one object a line.") from error
    rows: list[Row] = []
    problems: list[str] = []
    for number, value in enumerate(values, 1):
        place = f"{name}:[{number}]"
        try:
            rows.append(Row(place, _object(value)))
        except ValueError as error:
            problems.append(f"{place}: {error}")
    return Table(name, rows, problems)


def _parse(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        raise ValueError(f"not JSON: {error.msg} at {line}character {error.colno}") from error
    except RecursionError as error:
        raise ValueError("not usable JSON: nested too deeply") from error


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"a JSON object is expected, this is {type(value).__name__}")
    return value


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"a key occurs twice: {next(key for key in keys if keys.count(key) > 1)!r}")
    return values


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"not JSON: {name} is no JSON number")
