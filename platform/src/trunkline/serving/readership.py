"""Who reads a row: readers, and what follows from them; rows with the same readers share one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from trunkline.backends.passing import GRAPHLESS
from trunkline.serving.reader import Reader
from trunkline.serving.unit import Unit


class Readership:
    """Readers of one trunk, one at least, each once."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self.readers = tuple(readers)
        self.key: frozenset[Hashable] = frozenset(reader.key for reader in readers)
        self.stops = {layer for reader in readers for layer in reader.reads}  # the layers at which they read
        self.depth = max(self.stops)  # the highest that they need
        self.own_layers = sum(reader.own_layers for reader in readers)
        self.graphs = frozenset(reader.key for reader in readers if not isinstance(reader.branch, GRAPHLESS))
        """Those that run a graph of their own; linear heads of one layer are one product, and cost hardly anything."""
        self.labels = ", ".join(reader.label for reader in readers)
        self.keeps = all(len(reader.reads) == 1 for reader in readers)
        """Whether states may be wanted again: not those of all layers that a mix reads, they would be too many."""

    def __len__(self) -> int:
        return len(self.readers)


class Readerships:
    """Finds who still waits for what units ask, and gives the same thing for the same readers; short-lived."""

    def __init__(self) -> None:
        self._of_audiences: dict[tuple[int, ...], Readership | None] = {}
        self._of_keys: dict[frozenset[Hashable], Readership] = {}

    def of(self, units: Sequence[Unit]) -> Readership | None:
        """Give those who wait for units of one input; None where nobody does."""
        audiences = tuple([id(unit.audience) for unit in units])
        if audiences not in self._of_audiences:
            self._of_audiences[audiences] = self._found(units)
        return self._of_audiences[audiences]

    def _found(self, units: Sequence[Unit]) -> Readership | None:
        readers = {job.reader.key: job.reader for unit in units for job in unit.audience.wanted()}
        if not readers:
            return None
        keys = frozenset(readers)
        if keys not in self._of_keys:
            self._of_keys[keys] = Readership(list(readers.values()))
        return self._of_keys[keys]
