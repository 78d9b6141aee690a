"""Whoever shares the batch, comes late, leaves or fails changes nobody else's answer."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from chance import Chance, Told, memory, prompt
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_generators import KINDS, VOCABULARY, generator
from tiny_generators import prompt as real_prompt

from trunkline import CorruptArtifact, InvalidInput
from trunkline_translation.search import Prompt, Result, Sampling, Session, decode_all

KINDS_OF_PROMPT: list[dict[str, Any]] = [
    {},
    {"beams": 3, "alternatives": 2},
    {"sampling": Sampling(seed=3), "alternatives": 2},
    {"phrases": (((5, 6),), ((7,), (4, 4)))},
    {"prefix": (3, 4), "no_repeat_ngram_size": 2},
    {"beams": 2, "early_stopping": True, "max_length": 5, "start": (2, 1)},
]
ALONE: dict[tuple[int, int], Result] = {}


def alone(number: int, kind: int) -> Result:
    if (number, kind) not in ALONE:
        ALONE[number, kind] = decode_all(Chance(11, 1.0), 11, [(memory(number), prompt(**KINDS_OF_PROMPT[kind]))])[0]
    return ALONE[number, kind]


events = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 9), st.integers(0, len(KINDS_OF_PROMPT) - 1)),
        st.tuples(st.just("step"), st.integers(1, 3), st.just(0)),
        st.tuples(st.just("remove"), st.integers(0, 9), st.just(0)),
    ),
    max_size=25,
)


class History:
    """A session, who was asked for in it, and what came of it."""

    def __init__(self, rows: int) -> None:
        self.decoder = Chance(11, 1.0)
        self.session: Session[int, Told] = Session(self.decoder, 11, rows=rows)
        self.asked: dict[int, tuple[int, int]] = {}
        self.removed: set[int] = set()
        self.found: dict[int, Any] = {}

    def add(self, number: int, kind: int) -> None:
        key = len(self.asked)
        self.asked[key] = (number, kind)
        self.session.add(key, memory(number), prompt(**KINDS_OF_PROMPT[kind]))

    def step(self, times: int, _: int) -> None:
        for _ in range(times):
            self.found |= dict(self.session.step())

    def remove(self, number: int, _: int) -> None:
        if self.asked and self.session.remove(number % len(self.asked)):
            self.removed.add(number % len(self.asked))

    def finish(self) -> None:
        while self.session.active or self.session.waiting:
            self.step(1, 0)


@settings(max_examples=60, deadline=None)
@given(events, st.integers(4, 24))
def test_any_coming_and_going_gives_what_each_gets_alone(happened: list[tuple[str, int, int]], rows: int) -> None:
    history = History(rows)
    for event, number, kind in happened:
        getattr(history, event)(number, kind)
    left = len(history.asked) - len(history.removed) - len(history.found)
    assert history.session.active + history.session.waiting == left
    history.finish()
    assert history.found.keys() == history.asked.keys() - history.removed
    for key, result in history.found.items():
        assert result == alone(*history.asked[key])
    assert max(history.decoder.rows, default=0) <= rows


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_real_decoder_answers_the_same_in_mixed_company(name: str) -> None:
    model = generator(name)
    kinds: list[dict[str, Any]] = [
        {},
        {"beams": 4, "length_penalty": 0.6},
        {"no_repeat_ngram_size": 2},
        {"beams": 3, "max_length": 7, "forced_eos": True},
        {"sampling": Sampling(seed=5, top_k=20)},
        {"phrases": (((8, 9),),)},
    ]
    jobs = [(one, real_prompt(**kind)) for kind in kinds for one in model.memories]
    session: Session[int, Any] = Session(model, VOCABULARY, rows=13)
    found: dict[int, Any] = {}
    for key, job in enumerate(jobs):  # a newcomer with each step, and each fifth is removed after another
        session.add(key, *job)
        found |= dict(session.step())
        if key % 5 == 4:
            session.remove(key - 1)
    while session.active or session.waiting:
        found |= dict(session.step())
    assert len(found) > len(jobs) * 3 // 4
    for key, result in found.items():
        expected = decode_all(model, VOCABULARY, [jobs[key]])[0]
        assert [one.ids for one in result.hypotheses] == [one.ids for one in expected.hypotheses]
        scores = [one.score for one in expected.hypotheses]
        assert [one.score for one in result.hypotheses] == pytest.approx(scores, abs=1e-5)


def test_the_finished_leave_at_once_and_the_first_to_come_begin_first() -> None:
    decoder = Chance(11, -50.0)
    session: Session[str, Told] = Session(decoder, 11, rows=4)
    session.add("short", memory(1), prompt(max_length=2))
    session.add("long", memory(2), prompt(max_length=8))
    session.add("wide", memory(3), prompt(beams=3, max_length=4))
    session.add("small", memory(4), prompt(max_length=3))
    assert (session.active, session.waiting) == (0, 4)
    assert [key for key, _ in session.step()] == ["short"]
    assert (session.active, session.waiting) == (1, 2)
    order = []
    while session.active or session.waiting:
        order += [key for key, _ in session.step()]
    assert sorted(order) == ["long", "small", "wide"]
    assert decoder.rows[0] == 2  # "wide" does not fit beside the two, and "small" does not overtake it
    assert decoder.rows[1:4] == [2, 4, 4]  # it reads its start token in one row


def test_a_prompt_that_cannot_run_is_refused_alone() -> None:
    session: Session[str, Told] = Session(Chance(11), 11, rows=4, positions=20)
    session.add("good", memory(1), prompt())
    bad: list[tuple[dict[str, Any], str]] = [
        ({"start": (11,)}, "token 11 is not in the vocabulary; ids are 0 to 10"),
        ({"suppressed": (-1,)}, "token -1"),
        ({"phrases": (((4, 99),),)}, "token 99"),
        ({"beams": 5}, "5 beams or samples do not fit into 4 rows"),
        ({"max_length": 21}, "max_length is 21; this decoder reads 20 tokens"),
    ]
    for settings_, message in bad:
        with pytest.raises(InvalidInput, match=message):
            session.add("bad", memory(2), prompt(**settings_))
    with pytest.raises(ValueError, match="'good' is in use"):
        session.add("good", memory(2), prompt())
    assert session.waiting == 1
    assert not session.remove("bad")


class Picky(Chance):
    """Refuses memory 7, and gives a row that is not a number for memory 8."""

    def start(self, memories: list[np.ndarray]) -> Told:
        if any(one[0, 0] == 7 for one in memories):
            raise ValueError("this memory is bad")
        return super().start(memories)

    def logits(self, row: tuple[float, ...]) -> np.ndarray:
        drawn = super().logits(row)
        return drawn * np.float32(np.nan) if row[0] == 8 else drawn


@pytest.mark.parametrize("settings_", [{}, {"scored": False}, {"beams": 2}, {"sampling": Sampling()}], ids=str)
def test_what_fails_fails_alone(settings_: dict[str, Any]) -> None:
    session: Session[int, Told] = Session(Picky(11, 1.0), 11)
    for number in range(6, 10):
        session.add(number, memory(number), prompt(**settings_))
    found: dict[int, Any] = {}
    while session.active or session.waiting:
        found |= dict(session.step())
    assert isinstance(found[7], ValueError)
    assert isinstance(found[8], CorruptArtifact)
    for number in (6, 9):
        expected = decode_all(Chance(11, 1.0), 11, [(memory(number), prompt(**settings_))])[0]
        assert [one.ids for one in found[number].hypotheses] == [one.ids for one in expected.hypotheses]


class Failing(Chance):
    """Fails in its third step."""

    def step(self, ids: np.ndarray, cache: Told) -> np.ndarray:
        logits = super().step(ids, cache)
        if len(self.rows) == 3:
            raise MemoryError("no room")
        return logits


def test_a_step_that_fails_is_the_result_of_all_in_the_batch() -> None:
    session: Session[int, Told] = Session(Failing(11, -50.0), 11, rows=2)
    for number in range(3):
        session.add(number, memory(number), prompt())
    found = [outcome for _ in range(3) for outcome in session.step()]
    assert [key for key, _ in found] == [0, 1]
    assert all(isinstance(error, MemoryError) for _, error in found)
    assert (session.active, session.waiting) == (0, 1)
    rest: dict[int, Any] = {}
    while session.active or session.waiting:
        rest |= dict(session.step())
    assert rest == {2: decode_all(Chance(11, -50.0), 11, [(memory(2), prompt())])[0]}


def test_logits_of_another_shape_are_told() -> None:
    with pytest.raises(ValueError, match=r"logits \(1, 11\) for 1 rows of 12"):
        decode_all(Chance(11), 12, [(memory(1), prompt())])


class Locked(Chance):
    def step(self, ids: np.ndarray, cache: Told) -> np.ndarray:
        logits = super().step(ids, cache)
        logits.flags.writeable = False
        return logits


def test_logits_that_cannot_be_written_to_are_copied() -> None:
    asked: Prompt = prompt(suppressed=(4,), beams=2)
    assert decode_all(Locked(11), 11, [(memory(1), asked)]) == decode_all(Chance(11), 11, [(memory(1), asked)])


def test_nothing_to_do_is_no_error() -> None:
    session: Session[int, Told] = Session(Chance(11), 11)
    assert session.step() == []
    session.add(1, memory(1), prompt())
    session.step()
    assert session.remove(1)
    assert (session.active, session.waiting) == (0, 0)
    assert session.step() == []
    session.add(1, memory(1), prompt())  # the key is free again
    assert session.waiting == 1


def test_a_removed_key_may_come_again_at_once() -> None:
    session: Session[int, Told] = Session(Chance(11, 1.0), 11)
    session.add(1, memory(1), prompt(max_length=8))
    session.step()
    session.remove(1)
    session.add(1, memory(2), prompt())
    found: dict[int, Any] = {}
    while session.active or session.waiting:
        found |= dict(session.step())
    assert found == {1: alone(2, 0)}


def test_of_a_long_line_several_join_at_once() -> None:
    """Sixteen rows, of which one gets free at a time: while more wait than fit, two are free before anybody joins."""
    decoder = Chance(11, ending=-100.0)
    session: Session[int, Told] = Session(decoder, 11, rows=16)
    for key in range(30):
        session.add(key, memory(key), prompt(max_length=3 + key))
    found = {}
    while session.active or session.waiting:
        found |= dict(session.step())
    assert sorted(found) == list(range(30))
    changes = [after - before for before, after in pairwise(decoder.rows)]
    assert decoder.rows[0] == 16
    assert changes[:6] == [0, -1, 1, -1, 1, -1]  # one leaves, another leaves, two come as one more leaves


def test_who_fits_joins_at_once() -> None:
    session: Session[int, Told] = Session(Chance(11, 1.0), 11, rows=16)
    for key in range(15):
        session.add(key, memory(key), prompt(max_length=30))
    session.step()
    session.add(15, memory(15), prompt(max_length=30))
    session.step()
    assert session.waiting == 0
