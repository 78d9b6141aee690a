"""Requests counted, against sums made by hand."""

from __future__ import annotations

from itertools import permutations

from estimate_shapes import INTENTS, LARGE, TICKETS, counted


def test_two_tasks_on_one_text_share_its_pass() -> None:
    """One pass of 4 layers over 10 tokens, which leaves tickets at 3 and intents at 4."""
    found = counted(("a", TICKETS), ("a", INTENTS))
    assert (found.requests, found.texts, found.several, found.passes) == (2, 1, 1, 1)
    assert found.stems == {"a": 40.0}
    assert [(one.shape, one.requests, one.tokens) for one in found.asked] == [(INTENTS, 1, 10.0), (TICKETS, 1, 10.0)]


def test_the_order_of_requests_does_not_count() -> None:
    """Three of intents and two of tickets: passes of 4, 4 and 4 layers, two of which tickets rides on."""
    requests = [("a", INTENTS), ("a", INTENTS), ("a", INTENTS), ("a", TICKETS), ("a", TICKETS)]
    for order in set(permutations(requests)):
        found = counted(*order)
        assert (found.passes, found.stems) == (3, {"a": 120.0})


def test_what_only_the_lower_fork_asks_again_runs_to_the_lower_fork() -> None:
    found = counted(("a", TICKETS), ("a", TICKETS), ("a", INTENTS))
    assert (found.passes, found.stems) == (2, {"a": 40.0 + 30.0})


def test_other_texts_and_other_trunks_share_nothing() -> None:
    found = counted(("a", INTENTS, 10.0), ("b", TICKETS, 20.0), ("b", LARGE, 5.0))
    assert (found.texts, found.several, found.passes) == (2, 0, 3)
    assert found.stems == {"a": 4 * 10.0 + 3 * 20.0, "b": 9 * 5.0}


def test_times_part_what_comes_too_late() -> None:
    """Tickets comes a second after the first request and shares; again two seconds later, and runs its own stem."""
    found = counted(("a", INTENTS, 10.0, 100.0), ("a", TICKETS, 10.0, 101.0), ("a", TICKETS, 10.0, 103.0))
    assert (found.passes, found.stems, found.seconds) == (2, {"a": 40.0 + 30.0}, 3.0)
    assert (found.texts, found.several) == (1, 1)
    wide = counted(("a", INTENTS, 10.0, 100.0), ("a", TICKETS, 10.0, 103.0), within=3.0)
    assert wide.passes == 1
