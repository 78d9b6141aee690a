from __future__ import annotations

import numpy as np
import pytest

from trunkline.tuning.bundles import Bundles

RANDOM = np.random.default_rng(0)
OWNERS = np.repeat(np.arange(2000), RANDOM.integers(1, 4, size=2000))  # one to three windows an example
NAMES = [None if number % 3 else f"group {number % 90}" for number in range(2000)]  # of 22 or 23 examples, or alone
WINDOWS = len(OWNERS)


@pytest.fixture
def bundles() -> Bundles:
    return Bundles.of(OWNERS, NAMES)


@pytest.mark.parametrize("size", [1, 2, 7, 32, 64, 100, 10_000])
def test_every_window_once_an_epoch_in_batches_of_constant_number(bundles: Bundles, size: int) -> None:
    for number in range(4):
        order = bundles.epoch(size, seed=0, number=number)
        assert sorted(np.concatenate(order)) == list(range(WINDOWS))
        assert len(order) == bundles.count(size)
        assert min(map(len, order)) > 0


def test_groups_that_fit_stand_in_one_batch(bundles: Bundles) -> None:
    size = 100
    order = bundles.epoch(size, 0, 0)
    assert max(map(len, order)) < 2 * size
    batch_of = batch_of_each(order)
    for name in {name for name in NAMES if name is not None}:
        members = [number for number, other in enumerate(NAMES) if other == name]
        assert len(set(batch_of[np.isin(OWNERS, members)])) == 1


def batch_of_each(order: list[np.ndarray]) -> np.ndarray:
    found = np.empty(WINDOWS, int)
    for place, windows in enumerate(order):
        found[windows] = place
    return found


@pytest.mark.parametrize("size", [1, 5, 32])
def test_an_example_is_never_torn_apart(bundles: Bundles, size: int) -> None:
    found = batch_of_each(bundles.epoch(size, 0, 0))
    first = np.searchsorted(OWNERS, np.arange(len(NAMES)))
    np.testing.assert_array_equal(found, found[first][OWNERS])


def test_a_group_that_does_not_fit_is_dealt_out_anew_in_each_epoch(bundles: Bundles) -> None:
    """Who stands beside the first of the group changes."""
    members = np.flatnonzero([name == "group 0" for name in NAMES])
    first = np.searchsorted(OWNERS, members)
    beside = []
    for number in range(3):
        found = batch_of_each(bundles.epoch(16, 0, number))[first]
        assert len(set(found)) > 1
        beside.append(frozenset(members[found == found[0]].tolist()))
    assert len(set(beside)) == 3


def test_seed_and_epoch_alone_decide_the_order(bundles: Bundles) -> None:
    def flat(seed: int, number: int) -> list[int]:
        return np.concatenate(bundles.epoch(32, seed, number)).tolist()

    assert flat(0, 1) == flat(0, 1)
    assert flat(0, 1) != flat(0, 2)
    assert flat(0, 1) != flat(1, 1)


def test_pairs_fill_their_batches() -> None:
    pairs = Bundles.of(np.repeat(np.arange(50), 2), [None] * 50)
    assert [len(batch) for batch in pairs.epoch(20, 0, 0)] == [20] * 5
    assert [len(batch) for batch in pairs.epoch(30, 0, 0)] == [30, 30, 30, 10]
