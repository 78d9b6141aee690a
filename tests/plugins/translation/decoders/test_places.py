"""Slots of a cache: whatever is taken, each row finds its content, and little of it moves."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from trunkline_translation.decoders.places import changed, closed_up, replaced


@given(st.data())
def test_each_row_s_slot_is_filled_from_its_old_slot(data: st.DataObject) -> None:
    slots = data.draw(st.permutations(range(data.draw(st.integers(1, 6)))))
    rows = data.draw(st.lists(st.integers(0, len(slots) - 1), max_size=10))
    places, sources = replaced(slots, rows)
    assert sorted(places) == list(range(len(rows)))
    assert [sources[place] for place in places] == [slots[row] for row in rows]


@given(st.sets(st.integers(0, 12)))
def test_what_is_left_closes_up(alive: set[int]) -> None:
    order = closed_up(sorted(alive))
    assert sorted(order) == sorted(alive)
    assert all(order[place] == place for place in alive if place < len(alive))


def test_rows_that_leave_move_at_most_as_many() -> None:
    _, sources = replaced(range(32), [row for row in range(32) if row not in (3, 9)])
    assert changed(sources) == ([3, 9], [30, 31])


def test_beams_that_change_places_move_only_what_is_repeated() -> None:
    assert changed(replaced(range(6), [2, 0, 1, 4, 5, 3])[1]) == ([], [])
    assert changed(replaced(range(6), [2, 2, 1, 4, 5, 3])[1]) == ([0], [2])
