"""The queue's bounds hold whatever happens to the jobs in it."""

from __future__ import annotations

import threading

import pytest
from serving_jobs import Wants, job, job_of, unit

from trunkline import InvalidInput, Settings
from trunkline.errors import DeadlineExceeded, EngineStopped, Overloaded
from trunkline.serving.queue import JobQueue
from trunkline.serving.unit import Audience, Unit


def queue(requests: int = 4, tokens: int = 100) -> JobQueue:
    return JobQueue("tiny", Settings(queue_requests=requests, queue_tokens=tokens))


def put(line: JobQueue, *units) -> None:
    line.reserve(sum(len(one.audience.jobs) for one in units))
    line.put(units)


def test_bounded_in_requests() -> None:
    """What is accepted counts until it is answered, not only until it is taken."""
    line = queue(requests=2)
    first, second = unit("a", [5]), unit("b", [5])
    put(line, first, second)
    with pytest.raises(Overloaded, match="2 of 2 requests"):
        line.reserve(1)
    assert line.take(1000) == [first, second]
    with pytest.raises(Overloaded):
        line.reserve(1)
    job_of(first).answer([0], ["done"])
    line.reserve(1)
    line.release(1)
    job_of(second).cancel()
    assert (line.requests, line.tokens) == (0, 0)


def test_bounded_in_tokens_all_or_nothing() -> None:
    line = queue(tokens=20)
    put(line, unit("a", [12]))
    with pytest.raises(Overloaded, match="try again"):
        put(line, unit("b", [4]), unit("c", [5]))
    assert (line.requests, line.tokens) == (1, 12)
    with pytest.raises(InvalidInput, match="at most 20 may wait"):
        put(line, unit("d", [11, 11]))
    with pytest.raises(InvalidInput, match="5 inputs in one request; at most 4"):
        line.reserve(5)


def test_waiting_time_is_told_from_the_speed_of_late() -> None:
    line = queue(tokens=100)
    put(line, unit("a", [90]))
    line.measured(10.0)
    with pytest.raises(Overloaded) as caught:
        put(line, unit("b", [20]))
    assert caught.value.retry_after == 9.0


def test_who_asks_about_the_same_is_taken_together() -> None:
    line = queue(tokens=1000)
    first, second = unit("a", [30], Wants("a", (1,)), Wants("b", (2,))), unit("b", [5])
    put(line, first, second)
    assert (line.requests, line.tokens) == (3, 65)
    assert line.take(10) == [first]
    assert line.take(10) == [second]


def test_a_job_gives_places_back_as_its_inputs_are_answered() -> None:
    """Equal inputs of one call count each; what fails or is cancelled gives back all that is left."""
    whole = job(3, tokens=10, asked=[0, 1, 1, 2])
    audience = Audience([whole], [range(3)])
    units = [Unit(audience, number, None, [], 10) for number in range(3)]
    for number, one in enumerate(units):
        one.encoded = unit(str(number), [10]).encoded
    line = queue()
    line.reserve(4)
    line.put(units)
    assert (line.requests, line.tokens) == (4, 30)
    whole.answer([1], ["twice"])
    assert (line.requests, line.tokens) == (2, 20)
    whole.fail(ValueError("no"))
    assert (line.requests, line.tokens) == (0, 0)
    whole.cancel()
    whole.answer([0], ["late"])
    assert (line.requests, line.tokens) == (0, 0)


def test_who_is_late_or_gone_is_dropped() -> None:
    line = queue()
    late, gone, stays = unit("a", [5], seconds=-1.0), unit("b", [5]), unit("c", [5])
    put(line, late, gone, stays)
    job_of(gone).cancel()
    assert line.take(1000) == [stays]
    assert isinstance(job_of(late).error, DeadlineExceeded)
    assert line.requests == 1


def test_probes_go_first_however_full_it_is() -> None:
    line = queue(requests=1)
    waiting, probe = unit("a", [5]), unit("", [2])
    put(line, waiting)
    line.put_first(probe)
    assert line.take(1) == [probe]


def test_closing_lets_the_rest_be_taken_and_wakes_the_worker() -> None:
    line = queue()
    last = unit("a", [5])
    put(line, last)
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
    left = unit("a", [5])
    put(line, left)
    assert line.abandon() == [job_of(left)]
    job_of(left).fail(EngineStopped("the end"))
    assert (line.requests, line.tokens) == (0, 0)
    assert line.take(1) is None


def test_a_place_that_cannot_be_used_is_given_back() -> None:
    line = queue()
    line.reserve(1)
    line.close()
    with pytest.raises(EngineStopped):
        line.put([unit("a", [5])])
    assert line.requests == 0
