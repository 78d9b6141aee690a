"""What the readers of a batch make of the states at a layer: each by itself, or many linear heads in one product."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trunkline.backends.backend import States
from trunkline.backends.linear import LinearBranch, Stack
from trunkline.contract.outputs import Outputs
from trunkline.serving.planner import Batch, Numbers, together
from trunkline.serving.reader import Reader

Leaving = tuple[Reader, Numbers]  # a reader, and the rows that it reads


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What one reader made of some rows: outputs with the rows first, or the error that it raised."""

    reader: Reader
    numbers: Numbers
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


Levels = Mapping[int, Level]  # by layer
Stacking = Callable[[tuple[LinearBranch, ...]], Stack]


def leaving(batch: Batch, layer: int) -> list[Leaving]:
    """Give the readers that have all they read once `layer` is reached, with their rows."""
    found: dict[Hashable, tuple[Reader, list[Numbers]]] = {}
    for readership, numbers in batch.readerships:
        for reader in readership.readers:
            if reader.reads[-1] == layer:
                found.setdefault(reader.key, (reader, []))[1].append(numbers)
    return [(reader, together(numbers)) for reader, numbers in found.values()]


def read(left: Iterable[Leaving], levels: Levels, stacking: Stacking) -> Iterable[list[Outcome]]:
    """Run readers: linear heads first, those that read the same rows in one product; then each of the others."""
    stacks: dict[bytes, list[Leaving]] = {}
    others: list[Leaving] = []
    for reader, numbers in left:
        if isinstance(reader.branch, LinearBranch):
            stacks.setdefault(numbers.tobytes(), []).append((reader, numbers))
        else:
            others.append((reader, numbers))
    for alike in stacks.values():
        yield _stacked(alike, levels, stacking)
    for reader, numbers in others:
        yield _read(reader, numbers, levels)


def _stacked(alike: Sequence[Leaving], levels: Levels, stacking: Stacking) -> list[Outcome]:
    """Run linear heads over the same rows; one that cannot run with the others runs by itself."""
    branches = tuple(reader.branch for reader, _ in alike if isinstance(reader.branch, LinearBranch))
    numbers = alike[0][1]
    try:
        found = stacking(branches).run(levels[branches[0].fork_layer].of(numbers))
    except Exception:
        return [outcome for reader, _ in alike for outcome in _read(reader, numbers, levels)]
    return [Outcome(reader, numbers, outputs) for (reader, _), outputs in zip(alike, found, strict=True)]


def _read(reader: Reader, numbers: Numbers, levels: Levels) -> list[Outcome]:
    """Run one reader; where it raises, split its rows until the input that it cannot bear is alone."""
    try:
        outputs = reader.run({layer: levels[layer].of(numbers) for layer in reader.reads})
        _check_rows(outputs, len(numbers))
        return [Outcome(reader, numbers, outputs)]
    except Exception as error:
        if len(numbers) == 1:
            return [Outcome(reader, numbers, error)]
    middle = len(numbers) // 2
    return [*_read(reader, numbers[:middle], levels), *_read(reader, numbers[middle:], levels)]


def _check_rows(outputs: Outputs, rows: int) -> None:
    for name, array in outputs.items():
        if len(array) != rows:
            raise ValueError(f"the output {name!r} has {len(array)} rows; {rows} were asked for")
