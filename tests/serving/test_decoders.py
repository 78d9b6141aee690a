"""Decoding: in order for each head, beside each other for several, and one that hangs stands alone."""

from __future__ import annotations

import threading

import pytest

from trunkline.errors import HeadHangs
from trunkline.serving import decoders
from trunkline.serving.decoders import Decoders


def test_each_heads_work_is_done_in_order() -> None:
    pool, done = Decoders(), []
    finished = threading.Event()
    for number in range(100):
        for head in "ab":
            pool.submit(head, lambda head=head, number=number: done.append((head, number)))
    pool.submit("a", finished.set)
    assert finished.wait(5)
    pool.close()
    for head in "ab":
        assert [number for name, number in done if name == head] == list(range(100))


def test_a_head_that_hangs_holds_up_no_other_and_is_refused_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoders, "PATIENCE", 0.05)
    pool, gate, began, came = Decoders(), threading.Event(), threading.Event(), threading.Event()
    pool.submit("rogue", lambda: began.set() or gate.wait(10))
    assert began.wait(5)
    pool.submit("other", came.set)
    assert came.wait(5)
    threading.Event().wait(0.1)
    with pytest.raises(HeadHangs, match="rogue has been at one answer for 0 s"):
        pool.submit("rogue", lambda: None)
    gate.set()
    after = threading.Event()
    for _ in range(100):  # it comes back, and is served again
        try:
            pool.submit("rogue", after.set)
            break
        except HeadHangs:
            threading.Event().wait(0.02)
    assert after.wait(5)
    pool.close()


def test_threads_are_used_again() -> None:
    pool = Decoders()
    for number in range(50):
        done = threading.Event()
        pool.submit(number, done.set)
        assert done.wait(5)
        while pool._lines:  # until the thread is idle again
            threading.Event().wait(0.001)
    assert len(pool._threads) == 1
    pool.close()
    assert not pool._threads[0].is_alive()


def test_heads_that_are_quick_share_a_thread() -> None:
    pool, done = Decoders(), threading.Event()
    order: list[tuple[int, int]] = []
    for number in range(20):
        for head in range(20):
            pool.submit(head, lambda head=head, number=number: order.append((head, number)))
    pool.submit("last", done.set)
    assert done.wait(5)
    pool.close()
    assert len(order) == 400
    assert len(pool._threads) <= 2  # a machine that stands still may look like a head that hangs


def test_a_head_with_much_to_do_leaves_others_their_turn() -> None:
    pool, gate, order = Decoders(), threading.Event(), []
    pool.submit("first", lambda: gate.wait(5))
    for number in range(3):
        pool.submit("much", lambda number=number: order.append(f"much {number}"))
    pool.submit("little", lambda: order.append("little"))
    gate.set()
    pool.close()
    assert order.index("little") < order.index("much 2")


def test_work_that_raises_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    pool, done = Decoders(), threading.Event()

    def bad() -> None:
        raise ValueError("no")

    pool.submit("a", bad)
    pool.submit("a", done.set)
    assert done.wait(5)
    pool.close()
    assert "decoding for a failed" in caplog.text
