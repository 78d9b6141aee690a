"""Whom outputs reach, in what shape, and what is told of a failure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from serving_jobs import Wants, unit

from trunkline import DataError, InvalidInput, TrunklineError
from trunkline.errors import HeadHangs, Overloaded
from trunkline.serving.gathering import Gathering, told, twin
from trunkline.serving.planner import plan
from trunkline.serving.reading import Outcome


@pytest.mark.parametrize(
    "error", [Overloaded("full", retry_after=7.0), InvalidInput("bad"), DataError(["row 1", "row 2"], "mend them")]
)
def test_a_twin_says_the_same_and_is_another(error) -> None:
    other = twin(error)
    assert type(other) is type(error)
    assert (str(other), other.__dict__) == (str(error), error.__dict__)
    other.args = ("changed",)
    assert str(error) != "changed"


def test_a_foreign_error_is_told_without_its_words() -> None:
    """Libraries put the input into their messages."""
    shown = told(ValueError("the secret text"), "ner/tickets@4")
    assert type(shown) is TrunklineError
    assert str(shown) == "ner/tickets@4 failed on this input (ValueError); the log has the details"
    assert isinstance(shown.__cause__, ValueError)


@dataclass(frozen=True)
class Sums(Wants):
    """A reader that answers with the sum of each input's outputs, and cannot bear some sums."""

    label: str = "sums"
    refuses: float = -1.0
    calls: list[int] = field(default_factory=list, compare=False)

    def finish(self, inputs) -> Sequence[float]:
        self.calls.append(len(inputs))
        found = [float(sum(part["value"].sum() for part in one.parts)) for one in inputs]
        if self.refuses in found:
            raise ValueError("a sum that it cannot bear")
        return found


def run(reader, units, spawn=lambda key, work: work()) -> None:
    """Pass units through one batch; each window's output is its length."""
    [batch] = plan(units, 1024)
    lengths = np.array([[len(row.window)] for row in batch.rows], dtype=np.float32)
    Gathering(spawn).of(batch)([Outcome(reader, np.arange(len(batch.rows)), {"value": lengths})])


def test_inputs_of_one_window_are_decoded_at_once_and_others_when_they_are_whole() -> None:
    reader = Sums("a", (1,))
    units = [unit("x", [3], reader), unit("long", [5, 6], reader), unit("y", [4], reader)]
    run(reader, units)
    assert [one.audience.jobs[0].answers() for one in units] == [[3.0], [11.0], [4.0]]
    assert sorted(reader.calls) == [1, 2]


def test_who_asked_about_the_same_gets_the_same_whatever_the_order() -> None:
    reader = Sums("a", (1,))
    units = [unit(text, [len(text)], reader) for text in ("x", "yyy", "x", "zz", "yyy")]
    run(reader, units)
    assert [one.audience.jobs[0].answers() for one in units] == [[1.0], [3.0], [1.0], [2.0], [3.0]]
    assert reader.calls == [3]


def test_an_input_that_cannot_be_decoded_fails_alone() -> None:
    reader = Sums("a", (1,), refuses=2.0)
    units = [unit(text, [len(text)], reader) for text in ("x", "yy", "zzz")]
    run(reader, units)
    jobs = [one.audience.jobs[0] for one in units]
    assert [jobs[0].answers(), jobs[2].answers()] == [[1.0], [3.0]]
    assert "sums failed on this input (ValueError)" in str(jobs[1].error)


def test_what_nobody_waits_for_is_not_decoded() -> None:
    reader = Sums("a", (1,))
    gone = unit("x", [3], reader)
    run(reader, [gone], spawn=lambda key, work: (gone.audience.jobs[0].cancel(), work()))
    assert reader.calls == []


def test_where_decoding_is_refused_its_jobs_fail() -> None:
    def refuse(key, work):
        raise HeadHangs("it hangs")

    reader = Sums("a", (1,))
    asked = unit("x", [3], reader)
    run(reader, [asked], spawn=refuse)
    assert isinstance(asked.audience.jobs[0].error, HeadHangs)
