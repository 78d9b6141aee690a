"""Each distinct input is one unit, whose audience is whoever asks about it; each call is one job."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving_jobs import Content, SimpleWindow, Wants

from trunkline import EncoderInput
from trunkline.serving import asked
from trunkline.serving.asked import made
from trunkline.serving.terms import Terms
from trunkline.serving.unit import jobs_of


class Letters:
    """A tokenizer whose tokens are letters."""

    def encode(self, inputs):
        assert len(set(inputs)) == len(inputs)
        return [Content(source, [len(source.text)]) for source in inputs]


@pytest.fixture(autouse=True)
def whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "cut", lambda encoded, tokenizer: [SimpleWindow(len(encoded))])


class Reads(Wants):
    def as_read(self, inputs):
        return inputs

    def admit(self, inputs) -> None:
        assert all(isinstance(one, Content) for one in inputs)


def asks(*texts: str):
    """Make calls, each of a reader of its own."""
    return [(Reads(str(number), (1,)), tuple(map(EncoderInput, of_call))) for number, of_call in enumerate(texts)]


def answered(jobs, units) -> None:
    """Answer every unit with its text."""
    for unit in units:
        for job in unit.audience.jobs:
            [(same, places)] = [pair for pair in unit.audience.of(job.reader.key) if pair[0] is job]
            same.answer([places[unit.number]], [unit.encoded.source.text])


@given(st.lists(st.text("abcdefgh", max_size=12), min_size=1, max_size=12))
def test_every_call_gets_an_answer_to_each_input_in_its_order(texts) -> None:
    calls = asks(*texts)
    jobs, units = made(calls, Terms(), Letters())
    assert len(units) == len(set("".join(texts)))
    assert sum(unit.audience.asks(unit.number) for unit in units) == sum(map(len, texts))
    answered(jobs, units)
    assert all(job.ended for job in jobs)
    assert [job.answers() for job in jobs] == [list(text) for text in texts]


def test_calls_about_the_same_share_one_audience() -> None:
    jobs, units = made(asks("abc", "abc", "abc"), Terms(), Letters())
    assert len({id(unit.audience) for unit in units}) == 1
    assert list(jobs_of(units)) == jobs


def test_calls_that_overlap_have_an_audience_for_each_part() -> None:
    jobs, units = made(asks("abcd", "cdef"), Terms(), Letters())
    found = {unit.encoded.source.text: [jobs.index(job) for job in unit.audience.jobs] for unit in units}
    assert found == {"a": [0], "b": [0], "c": [0, 1], "d": [0, 1], "e": [1], "f": [1]}
    assert len({id(unit.audience) for unit in units}) == 3
    assert list(jobs_of(units)) == jobs


def test_a_model_asked_twice_in_one_request_answers_both() -> None:
    reader = Reads("same", (1,))
    inputs = (EncoderInput("a"), EncoderInput("b"))
    jobs, units = made([(reader, inputs), (reader, inputs)], Terms(), Letters())
    for unit in units:
        for job, places in unit.audience.of("same"):
            job.answer([places[unit.number]], [unit.encoded.source.text])
    assert [job.answers() for job in jobs] == [["a", "b"], ["a", "b"]]
