"""Which row of a cache lies in which of its slots.

The slots of one sentence form a group, so that its rows (the beams) share one copy of the memory's keys and values. A
row keeps its slot as long as it can: then nothing of it is moved when rows leave or beams change places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Places:
    """Groups of `width` slots each; `slots` names the slot of every row, and every group has a row."""

    width: int
    slots: tuple[int, ...]

    @classmethod
    def one_each(cls, count: int) -> Places:
        return cls(1, tuple(range(count)))

    @property
    def groups(self) -> int:
        return len({slot // self.width for slot in self.slots})

    @property
    def count(self) -> int:
        """Slots in use, those of groups that are not full among them."""
        return self.groups * self.width

    @property
    def in_order(self) -> bool:
        return self.slots == tuple(range(self.count))

    def rows(self) -> list[int]:
        """Give for every slot the row in it, and row 0 for a slot that is free."""
        rows = [0] * self.count
        for row, slot in enumerate(self.slots):
            rows[slot] = row
        return rows

    def taken(self, rows: Sequence[int], width: int = 1) -> Move:
        """Give the places when `rows` are left, in this order and possibly repeated, in groups of at least `width`."""
        wanted: dict[int, list[tuple[int, int]]] = {}
        for row, old in enumerate(rows):
            wanted.setdefault(self.slots[old] // self.width, []).append((row, self.slots[old]))
        width = max([width, *map(len, wanted.values())])
        groups = _closed_up(sorted(wanted))
        slots, sources = [0] * len(rows), []
        for group, old in enumerate(groups):
            placed, from_slots = self._placed(wanted[old], old, width)
            sources.extend(from_slots)
            for row, place in placed.items():
                slots[row] = group * width + place
        return Move(Places(width, tuple(slots)), tuple(sources), tuple(groups))

    def _placed(self, wanted: list[tuple[int, int]], old: int, width: int) -> tuple[dict[int, int], list[int]]:
        """Give each wanted row's place in its group, and the slot that each place's content comes from."""
        free, placed = set(range(width)), {}
        for row, slot in wanted:
            if slot % self.width in free:
                placed[row] = slot % self.width
                free.remove(placed[row])
        sources = [old * self.width + min(place, self.width - 1) for place in range(width)]
        for row, slot in wanted:
            if row not in placed:
                placed[row] = min(free)
                free.remove(placed[row])
                sources[placed[row]] = slot
        return placed, sources


@dataclass(frozen=True)
class Move:
    """Places as they become: for each new slot the old one it is filled from, and for each new group the old one."""

    places: Places
    slots: tuple[int, ...]
    groups: tuple[int, ...]


def changed(sources: Sequence[int]) -> tuple[list[int], list[int]]:
    """Give the slots whose content changes, and where it comes from."""
    pairs = [(into, source) for into, source in enumerate(sources) if into != source]
    return [into for into, _ in pairs], [source for _, source in pairs]


def _closed_up(alive: list[int]) -> list[int]:
    """Give for each of the first places the group in it: those already there stay, later ones fill the holes."""
    count = len(alive)
    staying = {group for group in alive if group < count}
    holes = [place for place in range(count) if place not in staying]
    order = list(range(count))
    for hole, group in zip(holes, (group for group in alive if group >= count), strict=True):
        order[hole] = group
    return order
