"""Each thing is made once, and failures are not kept."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from trunkline.serving.once import Once


def test_one_makes_while_others_wait() -> None:
    made = []

    def make():
        time.sleep(0.05)
        made.append(object())
        return made[-1]

    once: Once[str, object] = Once()
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: once.future("key", make).result(), range(8)))
    assert len(made) == 1
    assert set(got) == set(made)
    assert once.made() == {"key": made[0]}
    once.forget("key")
    assert once.ready("key") is None


def test_a_failure_reaches_all_who_wait_and_the_next_tries_again() -> None:
    once: Once[str, int] = Once()
    outcomes = iter([ValueError("first"), 7])

    def make():
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    with pytest.raises(ValueError, match="first"):
        once.future("key", make).result()
    assert once.ready("key") is None
    assert once.future("key", make).result() == 7


def test_what_is_being_made_holds_no_other_key() -> None:
    gate = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        once: Once[str, bool] = Once(pool.submit)
        slow = once.future("slow", lambda: gate.wait(5))
        assert once.future("fast", lambda: True).result(1)
        assert once.ready("slow") is None
        gate.set()
        assert slow.result(1)


def test_an_executor_that_has_ended_fails_the_future() -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(RuntimeError):
        Once(pool.submit).future("key", lambda: 1).result(1)
