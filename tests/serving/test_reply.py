"""However an ask ends, nothing of it goes on."""

from __future__ import annotations

import pytest
from serving_jobs import Wants, job

from trunkline.serving.reply import Reply


def test_predictions_in_order_once_all_are_there() -> None:
    jobs, reply = [job(text, [3]) for text in "abc"], Reply()
    reply.expect(Wants("a", (1,), label="t/n@1"), jobs)
    for number in (2, 0, 1):
        assert not reply.future.done()
        jobs[number].answer(number)
    answer = reply.future.result(0)
    assert (answer.model, answer.predictions) == ("t/n@1", [0, 1, 2])


def test_no_inputs_are_answered_at_once() -> None:
    reply = Reply()
    reply.expect(Wants("a", (1,)), [])
    assert reply.future.result(0).predictions == []


def test_the_first_error_ends_it_and_cancels_the_rest() -> None:
    jobs, reply = [job(text, [3]) for text in "abc"], Reply()
    reply.expect(Wants("a", (1,)), jobs)
    jobs[1].fail(ValueError("bad"))
    with pytest.raises(ValueError, match="bad"):
        reply.future.result(0)
    assert [one.cancelled for one in jobs] == [True, False, True]


def test_a_client_that_goes_cancels_jobs_made_before_and_after() -> None:
    for early in (True, False):
        jobs, reply = [job("a", [3])], Reply()
        if early:
            reply.future.cancel()
        reply.expect(Wants("a", (1,)), jobs)
        reply.future.cancel()
        assert jobs[0].cancelled
        reply.fail(ValueError("too late, and harmless"))
