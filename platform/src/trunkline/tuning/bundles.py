"""Which windows stand together in a batch where the loss compares them: whole examples, whole groups where they fit.

Nothing is sorted by length here: what an example is compared with would then be nearly the same in every epoch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Windows = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Bundles:
    """The windows of each example of each group."""

    groups: Sequence[Sequence[Windows]]

    @classmethod
    def of(cls, owners: NDArray[np.intp], names: Sequence[str | None]) -> Bundles:
        """Take the example of each window, ascending, and the group of each example; None: the example alone."""
        bounds = np.searchsorted(owners, np.arange(len(names) + 1)).tolist()
        together: dict[str | int, list[Windows]] = defaultdict(list)
        for number, (name, (start, end)) in enumerate(zip(names, pairwise(bounds), strict=True)):
            together[number if name is None else name].append(np.arange(start, end))
        return cls(list(together.values()))

    def epoch(self, size: int, seed: int, number: int) -> list[Windows]:
        """Give the batches of epoch `number`, of about `size` windows each.

        A group of more than `size` windows is dealt out anew in each epoch, example by example. The order depends on
        (seed, number) alone, and the number of batches on neither.
        """
        generator = np.random.default_rng([seed, number])
        batches: list[list[Windows]] = [[] for _ in range(self.count(size))]
        end = 0
        for place in generator.permutation(len(self.groups)):
            _, room = _parts(self.groups[place], size)
            for part in _dealt(self.groups[place], size, generator):
                end += room
                batches[(end - 1) // size].append(part)  # where it ends: so no batch stays empty, as room <= size
        return [np.concatenate(parts) for parts in batches]

    def count(self, size: int) -> int:
        """Batches in an epoch."""
        rooms = (parts * room for parts, room in (_parts(group, size) for group in self.groups))
        return -(-sum(rooms) // size)


def _parts(group: Sequence[Windows], size: int) -> tuple[int, int]:
    """Give into how many parts a group is dealt, and how much of a batch each is taken to fill."""
    windows = sum(map(len, group))
    parts = min(-(-windows // size), len(group))
    return parts, size if parts > 1 else min(windows, size)


def _dealt(group: Sequence[Windows], size: int, generator: np.random.Generator) -> Iterator[Windows]:
    parts, _ = _parts(group, size)
    order = generator.permutation(len(group)) if parts > 1 else np.arange(len(group))
    for part in range(parts):
        yield np.concatenate([group[example] for example in order[part::parts]])
