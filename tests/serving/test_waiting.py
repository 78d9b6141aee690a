"""Whoever is urgent comes first; equals keep their order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from serving_jobs import job

from trunkline.serving.waiting import Waiting


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5)), max_size=30))
def test_priority_goes_before_deadline_goes_before_arrival(asked) -> None:
    line = Waiting()
    jobs = [job(str(number), [3], seconds=100.0 * late, priority=p) for number, (p, late) in enumerate(asked)]
    for one in jobs:
        line.add([one])
    expected = sorted(jobs, key=lambda one: one.urgency)
    assert [one.urgency for one in line.pop(None)] == [one.urgency for one in expected]
    assert not line
    assert line.tokens == 0


def test_equals_are_taken_in_order_of_arrival() -> None:
    line, first = Waiting(), job("a", [3])
    others = [job(text, [3]) for text in "bcd"]
    for one in others:
        one.deadline = first.deadline
    for one in (first, *others):
        line.add([one])
    assert list(line.pop(None)) == [first, *others]


def test_units_of_one_input_are_taken_from_wherever_they_wait() -> None:
    line = Waiting()
    units = [[job(text, [3])] for text in "abaca"]
    for unit in units:
        line.add(unit)
    assert list(line.pop_equal(units[0][0].input)) == [units[0][0], units[2][0], units[4][0]]
    assert list(line.pop_equal(units[0][0].input)) == []
    assert line.tokens == 6
    assert list(line.pop(None)) == [units[1][0], units[3][0]]


def test_only_what_is_more_urgent_overtakes() -> None:
    line = Waiting()
    high, normal = job("a", [3], priority=2), job("b", [3], priority=1)
    for one in (normal, high):
        line.add([one])
    assert list(line.pop(100, before=normal.urgency)) == [high]
    assert list(line.pop(100, before=normal.urgency)) == []
    assert line.soonest == normal.deadline


def test_a_probe_is_first_of_all() -> None:
    line = Waiting()
    probe, urgent = job("", [2]), job("a", [3], seconds=0.1, priority=2)
    line.add([urgent])
    line.add([probe], first=True)
    assert next(line.pop(1)) is probe
