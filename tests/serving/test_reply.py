"""However an ask ends, nothing of it goes on."""

from __future__ import annotations

import pytest
from serving_jobs import Wants, job

from trunkline.serving.reply import Reply


def test_predictions_in_the_calls_order_once_all_are_there() -> None:
    one, reply = job(3, Wants("a", (1,), label="t/n@1"), asked=[0, 1, 2, 1]), Reply()
    reply.expect(one)
    for number in (2, 0, 1):
        assert not reply.future.done()
        one.answer([number], [number])
    answer = reply.future.result(0)
    assert (answer.model, answer.predictions) == ("t/n@1", [0, 1, 2, 1])


def test_no_inputs_are_answered_at_once() -> None:
    reply = Reply()
    reply.expect(job(0))
    assert reply.future.result(0).predictions == []


def test_the_first_error_ends_it_with_all_that_is_left() -> None:
    one, reply = job(3), Reply()
    reply.expect(one)
    one.answer([0], ["fine"])
    one.fail(ValueError("bad"))
    with pytest.raises(ValueError, match="bad"):
        reply.future.result(0)
    assert not one.wanted()


def test_a_client_that_goes_cancels_a_job_made_before_or_after() -> None:
    for early in (True, False):
        one, reply = job(), Reply()
        if early:
            reply.future.cancel()
        reply.expect(one)
        reply.future.cancel()
        assert one.cancelled
        reply.fail(ValueError("too late, and harmless"))
