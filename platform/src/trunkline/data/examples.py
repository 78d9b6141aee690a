"""A data set in memory: validated examples, and where each came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from trunkline.data.rows import fingerprint


@dataclass(frozen=True, slots=True)
class Examples:
    """Examples of one task in their order; `items[i]` was read at `places[i]`."""

    name: str  # of the file or folder, without its path
    fingerprint: str  # SHA-256 of the canonical rows
    items: tuple[Any, ...]  # of the task's example model
    places: tuple[str, ...]  # "train.csv:17"
    dropped: int = 0  # rows of the source that could not be used and were left out

    @classmethod
    def of(
        cls, name: str, items: Sequence[BaseModel], places: Sequence[str] | None = None, dropped: int = 0
    ) -> Examples:
        """Make a data set and name it by its rows; without `places` a row is called by its number."""
        if places is None:
            places = [f"row {number}" for number in range(1, len(items) + 1)]
        if len(places) != len(items):
            raise ValueError(f"{len(items)} examples have {len(places)} places")
        return cls(name, fingerprint(items), tuple(items), tuple(places), dropped)

    def __len__(self) -> int:
        return len(self.items)

    def subset(self, indices: Iterable[int]) -> Examples:
        """Give the examples at `indices`, in that order, as a data set of their own."""
        chosen = [int(index) for index in indices]
        return Examples.of(self.name, [self.items[i] for i in chosen], [self.places[i] for i in chosen])

    def joined(self, other: Examples) -> Examples:
        """Give these examples and those of `other` behind them."""
        return Examples.of(self.name, [*self.items, *other.items], [*self.places, *other.places])
