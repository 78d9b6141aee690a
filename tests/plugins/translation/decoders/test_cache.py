"""Rows of one cache, wherever they came from, against the same rows alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from trunkline_translation.decoders.cache import BLOCK, Cache
from trunkline_translation.decoders.decoder import Decoder

Memories = Callable[..., tuple[Tensor, Tensor]]


@dataclass
class Rows:
    """A cache beside what each of its rows has seen: its memory, and the ids shown to it."""

    decoder: Decoder
    cache: Cache
    memories: list[Tensor]
    shown: list[list[int]]

    @classmethod
    def start(cls, decoder: Decoder, memory: Tensor, seen: Tensor) -> Rows:
        alone = [states[mask] for states, mask in zip(memory, seen, strict=True)]
        return cls(decoder, decoder.start(memory, seen), alone, [[] for _ in alone])

    def step(self, draw: Iterator[int], count: int = 1) -> Rows:
        """Show each row random ids; every row's logits must be its own alone."""
        for _ in range(count):
            ids = [next(draw) for _ in self.shown]
            for row, index in zip(self.shown, ids, strict=True):
                row.append(index)
            self.check(self.decoder.step(torch.tensor(ids), self.cache))
        return self

    def check(self, logits: Tensor) -> None:
        assert self.cache.rows == len(self.shown) == len(logits)
        assert self.cache.positions == [len(row) for row in self.shown]
        for memory, row, found in zip(self.memories, self.shown, logits, strict=True):
            everything = torch.ones(1, len(memory), dtype=torch.bool)
            alone = self.decoder.teach(memory[None], everything, torch.tensor([row]))[0, -1]
            torch.testing.assert_close(found, alone, rtol=0.0, atol=1e-10)

    def take(self, rows: list[int]) -> Rows:
        self.cache = self.cache.take(np.array(rows, dtype=np.int64))
        self.memories = [self.memories[row] for row in rows]
        self.shown = [list(self.shown[row]) for row in rows]
        return self

    def join(self, other: Rows) -> Rows:
        self.cache = self.cache.joined(other.cache)
        self.memories, self.shown = self.memories + other.memories, self.shown + other.shown
        return self


def ids(seed: int = 3) -> Iterator[int]:
    generator = np.random.default_rng(seed)
    while True:
        yield int(generator.integers(5, 40))


def test_rows_that_leave_and_come_late(decoder: Decoder, memories: Memories) -> None:
    draw = ids()
    rows = Rows.start(decoder, *memories(5, 9, 1)).step(draw, 3)
    rows.join(Rows.start(decoder, *memories(12, 2, seed=1))).step(draw, 2)
    rows.take([0, 2, 3, 4]).step(draw, 2)
    rows.join(Rows.start(decoder, *memories(3, seed=2))).step(draw, 2)
    rows.take([4, 1]).step(draw, 2)


def test_beams_share_a_sentence(decoder: Decoder, memories: Memories) -> None:
    draw = ids()
    rows = Rows.start(decoder, *memories(5, 9)).take([0, 0, 0, 1, 1, 1]).step(draw, 2)
    assert len(rows.cache.memory.marks) == 2  # one copy of keys and values for each sentence
    rows.take([1, 1, 0, 5, 4, 4]).step(draw, 2)
    rows.take([2, 2, 2, 3, 5, 3]).step(draw, 2)
    rows.take([4, 3, 3]).step(draw, 2)
    assert len(rows.cache.memory.marks) == 1


def test_beams_of_uneven_number_join_single_rows(decoder: Decoder, memories: Memories) -> None:
    draw = ids()
    rows = Rows.start(decoder, *memories(5, 9, 7)).take([0, 1, 1, 2, 2, 2]).step(draw, 2)
    rows.join(Rows.start(decoder, *memories(4, 10, seed=1)).step(draw, 5)).step(draw, 2)
    rows.take([7, 6, 3, 3, 3, 3, 0]).step(draw, 2)
    late = Rows.start(decoder, *memories(2, seed=2)).join(rows).step(draw, 2)
    late.take([0, 0, 0, 0, 0, 1]).step(draw, 2)


def test_rows_in_any_order(decoder: Decoder, memories: Memories) -> None:
    """A search may take and join as it likes: 60 random changes."""
    generator, draw = np.random.default_rng(8), ids()
    rows = Rows.start(decoder, *memories(5, 9, 1)).step(draw)
    for seed in range(30 if decoder.recurrent else 60):
        count = len(rows.shown)
        rows.take(generator.integers(0, count, generator.integers(1, min(count + 2, 7))).tolist())
        if seed % 3 == 0:
            newcomers = Rows.start(decoder, *memories(*generator.integers(1, 12, 2).tolist(), seed=seed))
            rows.join(newcomers.step(draw, int(generator.integers(0, 3))))
        keep = [row for row, shown in enumerate(rows.shown) if len(shown) < 25]
        rows.take(keep).step(draw) if keep else rows.step(draw)


def test_storage_follows_the_longest_row_and_not_the_time(decoder: Decoder, memories: Memories) -> None:
    """Rows that come and go for ever need no more room than the longest of them."""
    draw = ids()
    rows = Rows.start(decoder, *memories(5))
    for seed in range(12):
        rows.join(Rows.start(decoder, *memories(4, seed=seed)))
        for _ in range(10):
            rows.cache.prepared.step(torch.tensor([next(draw) for _ in rows.shown]), rows.cache)
        rows.shown = [[0] * position for position in rows.cache.positions]
        rows.take([1])
    assert rows.cache.past.slots <= 4
    assert decoder.recurrent or rows.cache.past.columns <= 2 * BLOCK


def test_no_rows_at_all(decoder: Decoder, memories: Memories) -> None:
    draw = ids()
    rows = Rows.start(decoder, *memories(5, 9)).step(draw).take([])
    assert decoder.step(torch.empty(0, dtype=torch.long), rows.cache).shape == (0, 41)
    rows.join(Rows.start(decoder, *memories(3, 2, seed=1))).step(draw, 2)
    rows.join(Rows.start(decoder, *memories(3)).take([])).step(draw)


def test_a_memory_with_holes(decoder: Decoder, memories: Memories) -> None:
    memory, seen = memories(6, 6)
    seen = seen.clone()
    seen[0, 2] = seen[1, 5] = False
    target = torch.tensor([[7, 8], [9, 10]])
    cache = decoder.start(memory, seen)
    whole = decoder.teach(memory, seen, target)
    for place in range(2):
        torch.testing.assert_close(decoder.step(target[:, place], cache), whole[:, place], rtol=0.0, atol=1e-10)
