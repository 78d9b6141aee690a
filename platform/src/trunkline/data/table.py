"""Rows as a file holds them, before anybody knows what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PLACE = "__place__"
"""Under this key a plugin's row may carry its own place."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: column -> value, and where it stands."""

    place: str  # "train.csv:17"
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of one source, and those that could not be read."""

    name: str
    rows: Sequence[Row]
    problems: Sequence[str] = ()  # "train.csv:9: 4 fields where the header has 3"
    text_only: bool = False  # every value is text, and an empty one may mean that there is none
    remedy: str = ""  # for the problems
    bad_rows: int | None = None  # that have the problems; None: as many as there are problems

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that occur, in order of first appearance."""
        return tuple(dict.fromkeys(column for row in self.rows for column in row.values))


def table_of(name: str, rows: Iterable[Mapping[str, Any]]) -> Table:
    """Make a table of mappings, each perhaps with its place under `__place__`."""
    placed = []
    for number, row in enumerate(rows, 1):
        place = row.get(PLACE, f"{name}:{number}" if name != "rows" else f"row {number}")
        placed.append(Row(str(place), {column: value for column, value in row.items() if column != PLACE}))
    return Table(name, placed)
