"""A decoder of chance: what follows depends on the memory and on every token so far, and on nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trunkline_translation.search import Prompt


@dataclass
class Told:
    rows_: list[tuple[float, ...]]  # the memory's number, then the tokens

    @property
    def rows(self) -> int:
        return len(self.rows_)

    def take(self, rows: np.ndarray) -> Told:
        return Told([self.rows_[row] for row in rows])

    def joined(self, other: Told) -> Told:
        return Told(self.rows_ + other.rows_)


class Chance:
    """Logits are drawn from a generator whose seed is the row itself."""

    def __init__(self, vocabulary: int, ending: float = 0.0) -> None:
        self.vocabulary, self.ending = vocabulary, ending
        self.rows: list[int] = []  # of each step

    def start(self, memories: list[np.ndarray]) -> Told:
        return Told([(float(memory[0, 0]),) for memory in memories])

    def step(self, ids: np.ndarray, cache: Told) -> np.ndarray:
        assert len(ids) == cache.rows
        self.rows.append(len(ids))
        cache.rows_ = [(*row, token) for row, token in zip(cache.rows_, ids.tolist(), strict=True)]
        return np.stack([self.logits(row) for row in cache.rows_])

    def logits(self, row: tuple[float, ...]) -> np.ndarray:
        drawn = np.random.default_rng([int(part) for part in row]).normal(0, 2, self.vocabulary).astype(np.float32)
        drawn[0] += self.ending
        return drawn


def memory(number: int) -> np.ndarray:
    return np.full((1, 1), number, np.float32)


def prompt(**settings: Any) -> Prompt:
    """End with token 0, begin with token 1."""
    return Prompt(**{"start": (1,), "eos": 0, "max_length": 9} | settings)
