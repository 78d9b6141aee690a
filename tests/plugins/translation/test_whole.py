"""Which sentences an engine's own model is given together, and when each has its turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from trunkline import WholeAnswer, WholeOrder, WholeSearch
from trunkline_translation import whole
from trunkline_translation.whole import PATIENCE, WholeWriting
from trunkline_translation.writing import ROWS, Wish

CONFIG = {"decoder": {"vocabulary": 100, "tokens": {"start": 99, "eos": 0}, "max_positions": 300}}


class Noted:
    """A model that writes each source's length, and notes what it was given together."""

    def __init__(self) -> None:
        self.given: list[tuple[list[int], WholeSearch]] = []
        self.broken = False

    def write(self, orders: Sequence[WholeOrder], search: WholeSearch) -> Sequence[Sequence[WholeAnswer]]:
        self.given.append(([len(one.ids) for one in orders], search))
        if self.broken:
            raise RuntimeError("out of order")
        return [[WholeAnswer((len(one.ids),), -1.0, True)] for one in orders]


class Numbers:
    def decode(self, rows: Sequence[Sequence[int]]) -> list[str]:
        return [" ".join(map(str, row)) for row in rows]


@pytest.fixture
def model() -> Noted:
    return Noted()


@pytest.fixture
def writing(model: Noted) -> WholeWriting:
    return WholeWriting(model, CONFIG, Numbers())  # type: ignore[arg-type]


def add(writing: WholeWriting, lengths: Sequence[int], wish: Wish = Wish(), name: str = "") -> None:  # noqa: B008
    for place, length in enumerate(lengths):
        writing.add((name, place), np.ones(length, np.int64), wish)


def test_a_batch_has_sentences_about_as_long_the_shortest_first(writing: WholeWriting, model: Noted) -> None:
    lengths = [1 + 37 * place % 150 for place in range(150)]
    add(writing, lengths)
    found: dict[Any, str] = {}
    while writing.active:
        found |= {key: told[0].text for key, told in writing.step()}
    in_turn = sorted(lengths)
    assert [given for given, _ in model.given] == [in_turn[:ROWS], in_turn[ROWS : 2 * ROWS], in_turn[2 * ROWS :]]
    assert found == {("", place): str(length) for place, length in enumerate(lengths)}


def test_beams_count_as_rows(writing: WholeWriting, model: Noted) -> None:
    add(writing, range(1, 21), Wish(beams=8, alternatives=2, max_length=30))
    while writing.active:
        writing.step()
    assert [len(given) for given, _ in model.given] == [8, 8, 4]
    assert {(search.beams, search.alternatives) for _, search in model.given} == {(8, 2)}


def test_beams_share_a_batch_with_those_that_end_where_they_do(writing: WholeWriting, model: Noted) -> None:
    add(writing, [4, 5, 4, 5], Wish(beams=2))
    add(writing, [4, 5, 4, 5], name="greedy")
    while writing.active:
        writing.step()
    assert [(given, search.beams, search.longest) for given, search in model.given] == [
        ([4, 4], 2, 61),
        ([5, 5], 2, 64),
        ([4, 4, 5, 5], 1, None),
    ]


def test_a_long_sentence_is_not_passed_by_shorter_ones_for_ever(writing: WholeWriting, model: Noted) -> None:
    add(writing, [200], name="long")
    for step in range(PATIENCE + 1):
        add(writing, [3] * ROWS, name=f"short {step}")
        finished = [key for key, _ in writing.step()]
        assert (("long", 0) in finished) is (step == PATIENCE)


def test_those_that_are_looked_for_otherwise_have_turns(writing: WholeWriting, model: Noted) -> None:
    add(writing, [3] * (ROWS + 1), name="greedy")
    add(writing, [5], Wish(beams=2), name="beams")
    searched = []
    while writing.active:
        writing.step()
        searched.append(model.given[-1][1].beams)
    assert searched == [1, 2, 1]


def test_nothing_to_write_is_a_step_without_answers(writing: WholeWriting, model: Noted) -> None:
    assert writing.step() == ()
    add(writing, [3])
    writing.remove(("", 0))
    assert (writing.active, writing.step(), model.given) == (0, (), [])


def test_an_error_is_the_answer_of_its_batch_alone(writing: WholeWriting, model: Noted, monkeypatch: Any) -> None:
    monkeypatch.setattr(whole, "ROWS", 2)
    add(writing, [3, 4, 50])
    model.broken = True
    refused = [(key, str(error)) for key, error in writing.step()]
    assert refused == [(("", 0), "out of order"), (("", 1), "out of order")]
    model.broken = False
    assert [(key, told[0].text) for key, told in writing.step()] == [(("", 2), "50")]
