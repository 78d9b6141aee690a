"""The version that misbehaves does so alone: others are decoded by the same task as ever."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from benchmarks.speed.misbehaving import Misbehaving
from benchmarks.speed.rows.rogue import GOOD, ROGUE


def decoded(task, labels):
    config = {"labels": [f"label-{index}" for index in range(labels)]}
    return task.decode_all([{"logits": np.zeros(labels, dtype=np.float32)}], [None], config)


@pytest.fixture
def task():
    assert GOOD.labels != ROGUE.labels
    return Misbehaving(ROGUE.labels)


@pytest.mark.parametrize("manner", ["healthy", "raises", "sleeps", "hangs", "spins"])
def test_others_are_left_alone(task, manner):
    task.manner = manner
    assert len(decoded(task, GOOD.labels)) == 1


def test_it_raises(task):
    task.manner = "raises"
    with pytest.raises(RuntimeError, match="rogue"):
        decoded(task, ROGUE.labels)


@pytest.mark.parametrize("manner", ["hangs", "spins"])
def test_it_comes_back_when_all_is_over(task, manner):
    task.manner = manner
    thread = threading.Thread(target=decoded, args=(task, ROGUE.labels), daemon=True)
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()
    task.over.set()
    thread.join(5)
    assert not thread.is_alive()
