"""Which column of a table is which field of an example."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from trunkline.data.table import Table
from trunkline.errors import DataError, InvalidInput


def parse_columns(choices: Iterable[str]) -> dict[str, str]:
    """Read `--column label=category` choices: field -> column. Raises `InvalidInput` for another form."""
    chosen = {}
    for choice in choices:
        field, equals, column = choice.partition("=")
        if not (field and equals and column):
            raise InvalidInput(f"--column {choice!r}: write FIELD=COLUMN, as in --column label=category")
        chosen[field] = column
    return chosen


def match_columns(table: Table, model: type[BaseModel], chosen: Mapping[str, str]) -> dict[str, str]:
    """Give field -> column: what the user chose, then equal names, then the one column that remains.

    Raises `DataError` that lists the columns and the remedy where a required field finds none.
    """
    columns = table.columns
    _check_choice(table, model, chosen)
    taken = dict(chosen)
    for field in model.model_fields:
        if field not in taken and field in columns and field not in chosen.values():
            taken[field] = field
    missing = [name for name, field in model.model_fields.items() if field.is_required() and name not in taken]
    rest = [column for column in columns if column not in taken.values()]
    if len(missing) == 1 and len(rest) == 1:
        taken[missing[0]] = rest[0]
        missing = []
    if missing:
        raise _missing(table, missing, rest)
    return taken


def pick(
    values: Mapping[str, Any], fields: Mapping[str, str], model: type[BaseModel], text_only: bool
) -> dict[str, Any]:
    """Give one row's fields; a null (in a text file: an empty cell) leaves a field that may be left out."""
    picked = {}
    for field, column in fields.items():
        value = values.get(column)
        absent = column not in values or value is None or (text_only and value == "")
        if column in values and not (absent and not model.model_fields[field].is_required()):
            picked[field] = value
    return picked


def _check_choice(table: Table, model: type[BaseModel], chosen: Mapping[str, str]) -> None:
    for field, column in chosen.items():
        if field not in model.model_fields:
            raise InvalidInput(
                f"--column {field}={column}: no field {field!r}; fields: {', '.join(model.model_fields)}"
            )
        if column not in table.columns:
            problem = f"{table.name}: no column {column!r}; its columns: {', '.join(table.columns)}"
            raise DataError([problem], f"Say --column {field}=COLUMN with one of them.")


def _missing(table: Table, missing: list[str], rest: list[str]) -> DataError:
    named = ", ".join(repr(field) for field in missing)
    problem = f"{table.name}: no column for {named}; its columns: {', '.join(table.columns)}"
    given = [f"--column {field}={_example(missing, rest)}" for field in missing]
    which = "which it is" if len(missing) == 1 else "which they are"
    added = "" if len(rest) >= len(missing) else f"Add what is missing ({', '.join(missing)}), or s"
    return DataError([problem, *table.problems], f"{added or 'S'}ay {which}: {' '.join(given)}")


def _example(missing: list[str], rest: list[str]) -> str:
    """Give a column to name in an example; which of several is which cannot be known."""
    return rest[0] if rest and len(missing) == 1 else "COLUMN"
