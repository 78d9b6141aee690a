"""A request's terms are checked where they are made."""

from __future__ import annotations

from time import monotonic

import pytest

from trunkline import InvalidInput
from trunkline.serving.terms import Terms


def test_a_deadline_counts_from_now() -> None:
    terms = Terms.within(2.0, "high", 12)
    assert 1.9 < terms.deadline - monotonic() <= 2.0
    assert (terms.seconds, terms.max_tokens) == (2.0, 12)
    assert terms.priority > Terms.within(2.0).priority > Terms.within(2.0, "low").priority
    assert Terms().priority == Terms.within(2.0).priority


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((0.0,), "a deadline of 0.0 s"),
        ((float("nan"),), "a deadline of nan s"),
        ((float("inf"),), "a deadline of inf s"),
        ((1.0, "urgent"), "priority 'urgent': give one of low, normal, high"),
        ((1.0, "low", 0), "0 tokens of a text"),
    ],
)
def test_terms_that_mean_nothing_are_refused(given, message) -> None:
    with pytest.raises(InvalidInput, match=message):
        Terms.within(*given)
