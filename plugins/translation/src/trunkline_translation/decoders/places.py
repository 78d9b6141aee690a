"""Which row of a cache lies in which of its slots.

A row keeps its slot as long as it can: then nothing of it is moved when other rows leave or beams change places.
"""

from __future__ import annotations

from collections.abc import Sequence


def replaced(slots: Sequence[int], rows: Sequence[int]) -> tuple[list[int], list[int]]:
    """Give the slot of each row, and the old slot that each slot is filled from, when `rows` are what is left.

    `slots` are those of the rows so far; rows may come in any order, be repeated or missing. The slots in use are the
    first ones, as many as rows.
    """
    count = len(rows)
    sources, places = list(range(count)), [-1] * count
    free = dict.fromkeys(range(count))
    for row, old in enumerate(rows):
        if slots[old] in free:
            places[row] = slots[old]
            del free[slots[old]]
    homeless = [row for row, place in enumerate(places) if place < 0]
    for row, slot in zip(homeless, free, strict=True):
        places[row], sources[slot] = slot, slots[rows[row]]
    return places, sources


def closed_up(alive: Sequence[int]) -> list[int]:
    """Give for each of the first places what comes there: what is there already stays, later ones fill the holes."""
    kept = sorted(set(alive))
    return replaced(range(kept[-1] + 1 if kept else 0), kept)[1]


def changed(sources: Sequence[int]) -> tuple[list[int], list[int]]:
    """Give the slots whose content changes, and where it comes from."""
    pairs = [(into, source) for into, source in enumerate(sources) if into != source]
    return [into for into, _ in pairs], [source for _, source in pairs]
