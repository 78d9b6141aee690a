"""Rows of a graph's cache against the same rows kept one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from trunkline.backends.decoder_cache import GraphCache, length_of, roomy, span_of
from trunkline.contract.decoder_modules import StateShape

COLUMNS: StateShape = (2, None, 3)
CELL: StateShape = (4,)


@dataclass
class Alone:
    """What one row holds."""

    memory: NDArray[np.float32]  # (length, 3), which all heads share
    written: list[float]  # a number for each token


def begun(lengths: list[int], draw: np.random.Generator) -> tuple[GraphCache, list[Alone]]:
    rows = [Alone(draw.standard_normal((length, 3), dtype=np.float32), []) for length in lengths]
    room, length = roomy(len(rows)), length_of(max(lengths))
    memory, seen = np.zeros((room, 2, length, 3), np.float32), np.zeros((room, length), np.bool_)
    for place, row in enumerate(rows):
        memory[place, :, : len(row.memory)], seen[place, : len(row.memory)] = row.memory, True
    return GraphCache.begun(len(rows), [memory], seen, (COLUMNS, CELL)), rows


def written(cache: GraphCache, rows: list[Alone], draw: np.random.Generator) -> None:
    """Write one more token of every row, and noise where no row is."""
    cache.open()
    numbers = draw.standard_normal(len(rows)).astype(np.float32)
    column, cell = (draw.standard_normal((cache.used, *shape)).astype(np.float32) for shape in ((2, 1, 3), (4,)))
    column[cache.slots], cell[cache.slots] = numbers[:, None, None, None], numbers[:, None]
    cache.put([column, cell])
    for row, number in zip(rows, numbers, strict=True):
        row.written.append(float(number))


def check(cache: GraphCache, rows: list[Alone]) -> None:
    assert cache.rows == len(rows) == len(set(cache.slots.tolist()))
    assert all(slot < cache.used for slot in cache.slots)
    for slot, row in zip(cache.slots, rows, strict=True):
        count, length = len(row.written), len(row.memory)
        assert cache.positions[slot] == count
        assert cache.seen[slot].sum() == cache.seen[slot, :length].sum() == length
        np.testing.assert_array_equal(cache.memories[0][slot, :, :length], [row.memory] * 2)
        np.testing.assert_allclose(cache.own[0][slot, 1, :count, 2], row.written, rtol=1e-6)
        np.testing.assert_allclose(cache.own[1][slot], row.written[-1] if count else 0.0, rtol=1e-6)
    spare = np.setdiff1d(np.arange(len(cache.positions)), cache.slots)
    assert not cache.seen[spare].any()
    assert not cache.positions[spare].any()


@pytest.mark.parametrize("seed", range(20))
def test_rows_are_what_they_would_be_alone(seed: int) -> None:
    draw = np.random.default_rng(seed)
    cache, rows = begun([int(draw.integers(1, 30)) for _ in range(int(draw.integers(1, 6)))], draw)
    for _ in range(60):
        act = draw.random()
        if act < 0.2 and rows:
            chosen = draw.integers(0, len(rows), int(draw.integers(1, len(rows) + 4)))
            cache, rows = cache.take(chosen), [Alone(rows[one].memory, [*rows[one].written]) for one in chosen]
        elif act < 0.4:
            other, more = begun([int(draw.integers(1, 30)) for _ in range(int(draw.integers(1, 6)))], draw)
            for _ in range(int(draw.integers(0, 20))):
                written(other, more, draw)
            cache, rows = cache.joined(other), rows + more
        elif act < 0.5:
            kept = np.flatnonzero(draw.random(len(rows)) < 0.4)
            cache, rows = cache.take(kept), [rows[one] for one in kept]
        else:
            written(cache, rows, draw)
        check(cache, rows)


def test_beams_of_one_memory_do_not_copy_it() -> None:
    draw = np.random.default_rng(0)
    cache = begun([3, 5], draw)[0].take(np.array([0, 0, 0, 1, 1, 1]))
    held = cache.memories[0]
    held[:] = 7.0  # a copy of it would be seen no more
    cache = cache.take(np.array([2, 2, 0, 5, 4, 4]))
    assert cache.memories[0] is held
    assert np.unique(held).tolist() == [7.0]


def test_rooms() -> None:
    assert [roomy(count) for count in (1, 3, 4, 5, 8, 9, 61)] == [1, 3, 4, 8, 8, 12, 64]
    assert [span_of(count) for count in (1, 16, 17, 33, 48, 49, 65, 97)] == [16, 16, 32, 48, 48, 64, 96, 128]
    assert [length_of(count) for count in (0, 1, 8, 9, 70)] == [8, 8, 8, 16, 72]
