"""Whoever is urgent comes first; equals keep their order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from serving_jobs import unit

from trunkline.serving.waiting import Waiting


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5)), max_size=30))
def test_priority_goes_before_deadline_goes_before_arrival(asked) -> None:
    line = Waiting()
    units = [unit(str(number), [3], seconds=100.0 * late, priority=p) for number, (p, late) in enumerate(asked)]
    for one in units:
        line.add([one])
    expected = sorted(units, key=lambda one: one.urgency)
    assert [one.urgency for one in line.pop(None)] == [one.urgency for one in expected]
    assert not line
    assert line.tokens == 0


def test_equals_are_taken_in_order_of_arrival() -> None:
    line, first = Waiting(), unit("a", [3])
    others = [unit(text, [3]) for text in "bcd"]
    for one in others:
        one.audience.urgency = first.urgency
    for one in (first, *others):
        line.add([one])
    assert list(line.pop(None)) == [first, *others]


def test_units_of_one_input_are_taken_from_wherever_they_wait() -> None:
    line = Waiting()
    units = [unit(text, [3]) for text in "abaca"]
    line.add(units[:2])
    line.add(units[2:])
    assert list(line.pop_equal(units[0].input)) == [units[0], units[2], units[4]]
    assert list(line.pop_equal(units[0].input)) == []
    assert line.tokens == 6
    assert list(line.pop(None)) == [units[1], units[3]]
    assert not line


def test_a_request_is_taken_in_parts() -> None:
    line = Waiting()
    units = [unit(text, [3]) for text in "abcd"]
    line.add(units)
    assert list(line.pop(4)) == units[:2]
    assert list(line.pop(1)) == [units[2]]
    assert line.tokens == 3


def test_only_what_is_more_urgent_overtakes() -> None:
    line = Waiting()
    high, normal = unit("a", [3], priority=2), unit("b", [3], priority=1)
    for one in (normal, high):
        line.add([one])
    assert list(line.pop(100, before=normal.urgency)) == [high]
    assert list(line.pop(100, before=normal.urgency)) == []
    assert line.soonest == normal.urgency[1]


def test_a_probe_is_first_of_all() -> None:
    line = Waiting()
    probe, urgent = unit("", [2]), unit("a", [3], seconds=0.1, priority=2)
    line.add([urgent])
    line.add([probe], first=True)
    assert next(line.pop(1)) is probe
