from __future__ import annotations

import numpy as np

from trunkline.tuning import batches

LENGTHS = np.random.default_rng(0).integers(3, 60, size=5000)


def test_every_window_once_an_epoch() -> None:
    order = batches.epoch(LENGTHS, 32, seed=0, number=3)
    assert sorted(np.concatenate(order)) == list(range(len(LENGTHS)))
    assert max(map(len, order)) == 32
    assert len(order) == batches.count(len(LENGTHS), 32)


def test_seed_and_epoch_alone_decide_the_order() -> None:
    def flat(seed: int, number: int) -> list[int]:
        return np.concatenate(batches.epoch(LENGTHS, 32, seed, number)).tolist()

    assert flat(0, 1) == flat(0, 1)
    assert flat(0, 1) != flat(0, 2)
    assert flat(0, 1) != flat(1, 1)


def test_batches_of_like_length_waste_little_padding() -> None:
    def padded(order: list[np.ndarray]) -> int:
        return sum(len(batch) * int(LENGTHS[batch].max()) for batch in order)

    grouped = padded(batches.epoch(LENGTHS, 32, 0, 0))
    assert grouped < 1.05 * LENGTHS.sum()


def test_in_order_covers_all_in_few_shapes() -> None:
    parts = batches.in_order(LENGTHS)
    assert sorted(np.concatenate([part.windows for part in parts])) == list(range(len(LENGTHS)))
    assert all(LENGTHS[part.windows].max() <= part.width <= LENGTHS.max() for part in parts)
    sizes = [len(part.windows) * part.width for part in parts]
    assert max(sizes) <= batches.PASS_TOKENS
    assert sizes.count(batches.PASS_TOKENS) > 0.8 * len(sizes)
    assert sum(sizes) < 1.1 * LENGTHS.sum()


def test_in_order_gives_a_window_beyond_the_budget_a_batch_of_its_own() -> None:
    beyond = batches.PASS_TOKENS + 1
    parts = batches.in_order(np.array([beyond, 2, beyond + 1]))
    assert [(part.windows.tolist(), part.width) for part in parts] == [([2], beyond + 1), ([0], beyond), ([1], 2)]
    assert batches.in_order(np.array([], dtype=np.int64)) == []


def test_widths_to_learn_from_are_rounded_but_never_beyond_the_longest() -> None:
    assert [batches.rounded(longest, ceiling=30) for longest in (1, 4, 13, 29, 30)] == [4, 4, 16, 30, 30]
