"""Kept states: bounded, the longest unused goes first, and nothing is given that was not computed."""

from __future__ import annotations

import numpy as np

from trunkline.serving.state_cache import OVERHEAD, StateCache
from trunkline.trunk.windows import Window


def window(*ids: int, type_id: int = 0) -> Window:
    numbers = np.array(ids, dtype=np.int64)
    nowhere = np.zeros(len(ids), dtype=np.int32)
    return Window(numbers, np.full_like(numbers, type_id), nowhere, nowhere)


def states(value: float, slots: int = 2, width: int = 8) -> np.ndarray:
    return np.full((slots, width), value, dtype=np.float32)


def test_states_are_found_by_tokens_where_all_layers_are_there() -> None:
    cache = StateCache(10**6)
    given = states(1.0)
    cache.put(window(1, 2), 3, given)
    given[:] = 0
    assert cache.get(window(1, 2), [3])[3].tolist() == states(1.0).tolist()
    assert cache.get(window(1, 2), [3, 5]) is None
    cache.put(window(1, 2), 5, states(2.0))
    assert set(cache.get(window(1, 2), [3, 5])) == {3, 5}
    for other in (window(2, 1), window(1, 2, type_id=1), window(1, 2, 3)):
        assert cache.get(other, [3]) is None


def test_the_longest_unused_goes_first_and_the_bound_holds() -> None:
    one = OVERHEAD + states(0).nbytes
    cache = StateCache(3 * one)
    for number in range(3):
        cache.put(window(number), 1, states(number))
    cache.get(window(0), [1])
    cache.put(window(3), 1, states(3))
    assert cache.get(window(1), [1]) is None
    assert all(cache.get(window(number), [1]) is not None for number in (0, 2, 3))
    for number in range(100):
        cache.put(window(number), number % 3, states(number))
        assert cache.size <= 3 * one


def test_what_is_larger_than_all_is_not_kept_and_none_is_none() -> None:
    cache = StateCache(100)
    cache.put(window(1), 1, states(0, slots=1000))
    assert cache.size == 0
    assert not StateCache(0)
