"""Slots of a cache: whatever is taken, each row finds its content, and little of it moves."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from trunkline_translation.decoders.places import Places, changed


@given(st.data())
def test_each_row_s_slot_is_filled_from_its_old_slot_and_stays_in_its_group(data: st.DataObject) -> None:
    places = Places.one_each(data.draw(st.integers(1, 6)))
    for _ in range(4):
        count = len(places.slots)
        rows = data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=10))
        move = places.taken(rows, data.draw(st.integers(1, 3)))
        assert len(set(move.places.slots)) == len(rows)
        assert move.places.count == len(move.slots) == len(move.groups) * move.places.width
        for row, slot in zip(rows, move.places.slots, strict=True):
            assert move.slots[slot] == places.slots[row]
            assert move.groups[slot // move.places.width] == places.slots[row] // places.width
        assert [move.places.rows()[slot] for slot in move.places.slots] == list(range(len(rows)))
        places = move.places


def test_rows_that_leave_move_at_most_as_many() -> None:
    move = Places.one_each(32).taken([row for row in range(32) if row not in (3, 9)])
    assert changed(move.slots) == ([3, 9], [30, 31])


def test_beams_that_change_places_move_only_what_is_repeated() -> None:
    places = Places.one_each(2).taken([0, 0, 0, 1, 1, 1]).places
    assert changed(places.taken([2, 0, 1, 4, 5, 3]).slots) == ([], [])
    assert changed(places.taken([2, 2, 1, 4, 5, 3]).slots) == ([0], [2])
