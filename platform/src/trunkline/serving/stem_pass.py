"""One pass: a batch goes up the stem, and each reader gets its rows where it reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trunkline.backends.backend import Stem
from trunkline.serving.fusions import Whole
from trunkline.serving.joining import Joining
from trunkline.serving.planner import Batch, together
from trunkline.serving.reading import Level, Outcome, Stacking, leaving, read
from trunkline.serving.state_cache import StateCache
from trunkline.trunk.batch import TokenBatch


@dataclass(frozen=True, slots=True, eq=False)
class Passes:
    """How a trunk's batches run. All of it raises what the stem raises; what a reader raises is an outcome."""

    stem: Stem
    cache: StateCache
    stacking: Stacking
    joining: Joining

    def run(self, batch: Batch, tokens: TokenBatch) -> Iterator[list[Outcome]]:
        """Run embeddings, segments and readers; gives the outcomes of each layer as soon as they are there.

        States that only one layer is read of are kept; rows of which they were kept start where they are read.
        """
        levels: dict[int, Level] = {}
        for layer, level in self._levels(batch, tokens):
            levels[layer] = level
            yield from read(leaving(batch, layer), levels, self.stacking)

    def run_whole(self, batch: Batch, tokens: TokenBatch, whole: Whole) -> list[list[Outcome]]:
        """Run stem and readers in one graph, which all rows are for; gives each reader's outcomes."""
        found, states = whole.graph.run(tokens)
        everything = np.arange(len(batch.rows))
        levels = {layer: Level(shown, everything) for layer, shown in states.items()}
        for layer, level in levels.items():
            self._keep(level, layer, batch)
        readers = {reader.key: reader for reader in batch.rows[0].readership.readers}
        given = [
            [Outcome(readers.pop(key), everything, outputs)] for key, outputs in zip(whole.keys, found, strict=True)
        ]
        left = [(reader, everything) for reader in readers.values()]
        return [*given, *read(left, levels, self.stacking)]

    def _levels(self, batch: Batch, tokens: TokenBatch) -> Iterator[tuple[int, Level]]:
        """Give the states at each stop, on whichever way the batch comes to them."""
        if batch.resumes:
            yield from self._resumed(batch, tokens)
        elif batch.joins:
            yield from self._joined(batch, tokens)
        else:
            for layer, level in self._climbed(batch, tokens):
                self._keep(level, layer, batch)
                yield layer, level

    def _climbed(self, batch: Batch, tokens: TokenBatch) -> Iterator[tuple[int, Level]]:
        """Go up the stem, from stop to stop, with the rows that go on."""
        level = Level(self.stem.embed(tokens), np.arange(len(batch.rows)))
        for layer in batch.stops:
            going = [numbers for readership, numbers in batch.readerships if readership.depth >= layer]
            level = level.narrowed(together(going))
            level = Level(self.stem.advance(level.states, layer), level.numbers)
            yield layer, level

    def _resumed(self, batch: Batch, tokens: TokenBatch) -> Iterator[tuple[int, Level]]:
        """Put the kept states of each stop together again, padded with zeros."""
        for layer in batch.stops:
            numbers = batch.read_at(layer)
            hidden = np.zeros((len(numbers), tokens.ids.shape[1], self.stem.info.width), dtype=np.float32)
            for place, number in enumerate(numbers):
                states = (batch.rows[number].kept or {})[layer]
                hidden[place, : len(states)] = states
            yield layer, Level(self.stem.resume(tokens.take(numbers), layer, hidden), numbers)

    def _joined(self, batch: Batch, tokens: TokenBatch) -> Iterator[tuple[int, Level]]:
        """Join the states of each row's two texts where it is read."""
        for layer in batch.stops:
            numbers = batch.read_at(layer)
            windows = [batch.rows[number].window for number in numbers]
            hidden = self.joining.states(windows, layer, tokens.ids.shape[1])
            yield layer, Level(self.stem.resume(tokens.take(numbers), layer, hidden), numbers)

    def _keep(self, level: Level, layer: int, batch: Batch) -> None:
        if not self.cache:
            return
        raw = None
        for place, number in enumerate(level.numbers):
            row = batch.rows[number]
            if layer in row.readership.stops and row.readership.keeps:
                raw = level.states.raw() if raw is None else raw
                self.cache.put(row.window, layer, raw[place, : len(row.window)])
