"""The queue's bounds hold whatever happens to the jobs in it."""

from __future__ import annotations

import threading

import pytest
from serving_jobs import job

from trunkline import InvalidInput, Settings
from trunkline.errors import DeadlineExceeded, EngineStopped, Overloaded
from trunkline.serving.queue import JobQueue


def queue(requests: int = 4, tokens: int = 100) -> JobQueue:
    return JobQueue("tiny", Settings(queue_requests=requests, queue_tokens=tokens))


def put(line: JobQueue, *units) -> None:
    line.reserve(sum(map(len, units)))
    line.put(units)


def test_bounded_in_requests() -> None:
    """What is accepted counts until it is answered, not only until it is taken."""
    line = queue(requests=2)
    first, second = job("a", [5]), job("b", [5])
    put(line, [first], [second])
    with pytest.raises(Overloaded, match="2 of 2 requests"):
        line.reserve(1)
    assert line.take(1000) == [first, second]
    with pytest.raises(Overloaded):
        line.reserve(1)
    first.answer("done")
    line.reserve(1)
    line.release(1)
    second.cancel()
    assert (line.requests, line.tokens) == (0, 0)


def test_bounded_in_tokens_all_or_nothing() -> None:
    line = queue(tokens=20)
    put(line, [job("a", [12])])
    with pytest.raises(Overloaded, match="try again"):
        put(line, [job("b", [4])], [job("c", [5])])
    assert (line.requests, line.tokens) == (1, 12)
    with pytest.raises(InvalidInput, match="at most 20 may wait"):
        put(line, [job("d", [11, 11])])
    with pytest.raises(InvalidInput, match="5 inputs in one request; at most 4"):
        line.reserve(5)


def test_waiting_time_is_told_from_the_speed_of_late() -> None:
    line = queue(tokens=100)
    put(line, [job("a", [90])])
    line.measured(10.0)
    with pytest.raises(Overloaded) as caught:
        put(line, [job("b", [20])])
    assert caught.value.retry_after == 9.0


def test_units_are_taken_whole_and_in_order() -> None:
    line = queue(tokens=1000)
    first, second, third = job("a", [30]), job("a", [30]), job("b", [5])
    put(line, [first, second], [third])
    assert line.take(10) == [first, second]
    assert line.take(10) == [third]


def test_who_is_late_or_gone_is_dropped() -> None:
    line = queue()
    late, gone, stays = job("a", [5], seconds=-1.0), job("b", [5]), job("c", [5])
    put(line, [late], [gone], [stays])
    gone.cancel()
    assert line.take(1000) == [stays]
    assert isinstance(late.error, DeadlineExceeded)
    assert line.requests == 1


def test_probes_go_first_however_full_it_is() -> None:
    line = queue(requests=1)
    waiting, probe = job("a", [5]), job("", [2])
    put(line, [waiting])
    line.put_first(probe)
    assert line.take(1) == [probe]


def test_closing_lets_the_rest_be_taken_and_wakes_the_worker() -> None:
    line = queue()
    last = job("a", [5])
    put(line, [last])
    line.close()
    with pytest.raises(EngineStopped):
        line.reserve(1)
    assert line.take(1) == [last]
    assert line.take(1) is None
    other, taken = queue(), []
    thread = threading.Thread(target=lambda: taken.append(other.take(1)))
    thread.start()
    other.close()
    thread.join(2)
    assert taken == [None]


def test_abandoning_gives_everything_back() -> None:
    line = queue()
    left = job("a", [5])
    put(line, [left])
    assert line.abandon() == [left]
    assert (line.requests, line.tokens) == (0, 0)
    assert line.take(1) is None


def test_a_place_that_cannot_be_used_is_given_back() -> None:
    line = queue()
    line.reserve(1)
    line.close()
    with pytest.raises(EngineStopped):
        line.put([[job("a", [5])]])
    assert line.requests == 0
