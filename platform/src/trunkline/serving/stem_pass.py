"""One pass: a batch goes up the stem, and each reader gets its rows where it reads them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trunkline.backends.backend import States, Stem
from trunkline.contract.head_task import Outputs
from trunkline.serving.planner import Batch, Row
from trunkline.serving.reader import Reader
from trunkline.serving.state_cache import StateCache
from trunkline.trunk.batch import TokenBatch

Numbers = NDArray[np.intp]  # of rows in the batch, ascending


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What one reader made of one row: outputs without the row's axis, or the error that it raised."""

    row: Row
    reader: Reader
    outputs: Outputs | Exception


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The states at one layer, and which rows of the batch they are of."""

    states: States
    numbers: Numbers

    def of(self, numbers: Numbers) -> States:
        """Give the states of some of the rows; without a copy where they are all."""
        if len(numbers) == len(self.numbers):
            return self.states
        return self.states.take(np.searchsorted(self.numbers, numbers))

    def narrowed(self, numbers: Numbers) -> Level:
        return self if len(numbers) == len(self.numbers) else Level(self.of(numbers), numbers)


def run(stem: Stem, batch: Batch, tokens: TokenBatch, cache: StateCache) -> Iterator[list[Outcome]]:
    """Run embeddings, segments and readers; gives the outcomes of each layer as soon as they are there.

    States that only one layer is read of are kept in `cache`; rows that come from there start where they are read.
    Raises what the stem raises; what a reader raises is an outcome.
    """
    levels: dict[int, Level] = {}
    for layer, level in _resumed(stem, batch, tokens) if batch.resumes else _climbed(stem, batch, tokens):
        levels[layer] = level
        if cache and not batch.resumes:
            _keep(level, layer, batch, cache)
        for reader, numbers in _leaving(batch, layer):
            yield _read(reader, numbers, levels, batch.rows)


def _climbed(stem: Stem, batch: Batch, tokens: TokenBatch) -> Iterator[tuple[int, Level]]:
    """Go up the stem, from stop to stop, with the rows that go on."""
    level = Level(stem.embed(tokens), np.arange(len(batch.rows)))
    for layer in batch.stops:
        going = np.array([number for number in level.numbers if batch.rows[number].depth >= layer])
        level = level.narrowed(going)
        level = Level(stem.advance(level.states, layer), level.numbers)
        yield layer, level


def _resumed(stem: Stem, batch: Batch, tokens: TokenBatch) -> Iterator[tuple[int, Level]]:
    """Put the kept states of each stop together again, padded with zeros."""
    for layer in batch.stops:
        numbers = np.array([number for number, row in enumerate(batch.rows) if layer in row.stops])
        hidden = np.zeros((len(numbers), tokens.ids.shape[1], stem.info.width), dtype=np.float32)
        for place, number in enumerate(numbers):
            states = (batch.rows[number].kept or {})[layer]
            hidden[place, : len(states)] = states
        yield layer, Level(stem.resume(tokens.take(numbers), layer, hidden), numbers)


def _keep(level: Level, layer: int, batch: Batch, cache: StateCache) -> None:
    raw = None
    for place, number in enumerate(level.numbers):
        row = batch.rows[number]
        if layer in row.stops and row.keeps:
            raw = level.states.raw() if raw is None else raw
            cache.put(row.window, layer, raw[place, : len(row.window)])


def _leaving(batch: Batch, layer: int) -> Sequence[tuple[Reader, Numbers]]:
    """Give the readers that have all they read once `layer` is reached, with their rows."""
    found: dict[Hashable, tuple[Reader, list[int]]] = {}
    for number, row in enumerate(batch.rows):
        for reader in row.readers:
            if reader.reads[-1] == layer:
                found.setdefault(reader.key, (reader, []))[1].append(number)
    return [(reader, np.array(numbers)) for reader, numbers in found.values()]


def _read(reader: Reader, numbers: Numbers, levels: Mapping[int, Level], rows: Sequence[Row]) -> list[Outcome]:
    """Run one reader; where it raises, split its rows until the input that it cannot bear is alone."""
    try:
        outputs = reader.run({layer: levels[layer].of(numbers) for layer in reader.reads})
        return [
            Outcome(rows[number], reader, {name: array[place] for name, array in outputs.items()})
            for place, number in enumerate(numbers)
        ]
    except Exception as error:
        if len(numbers) == 1:
            return [Outcome(rows[numbers[0]], reader, error)]
    middle = len(numbers) // 2
    return [
        *_read(reader, numbers[:middle], levels, rows),
        *_read(reader, numbers[middle:], levels, rows),
    ]
