"""Layers and cores, against sums made by hand."""

from __future__ import annotations

import pytest
from estimate_shapes import INTENTS, LARGE, TICKETS, counted

from trunkline.estimate.sharing import Layers, cores, layers, layers_by_trunk


def test_one_text_and_two_tasks() -> None:
    """Whole: 6 + 6. Alone: 4 + 2 and 3 + 1. Shared: a stem of 4, then 2 and 1. All of them for 10 tokens."""
    found = layers(counted(("a", INTENTS), ("a", TICKETS)))
    assert found == Layers(120.0, 100.0, 70.0)
    assert found.factor == pytest.approx(12 / 7)
    assert found.of_branches == pytest.approx(12 / 10)
    assert found.of_sharing == pytest.approx(10 / 7)


def test_nothing_is_shared_and_branches_are_full() -> None:
    found = layers(counted(("a", INTENTS), ("b", INTENTS)))
    assert found == Layers(120.0, 120.0, 120.0)
    assert (found.factor, found.of_branches, found.of_sharing) == (1.0, 1.0, 1.0)


def test_eight_tasks_of_nine_and_three_layers_cost_two_and_three_quarters_of_one() -> None:
    """What README tells: 9 + 8 x 3 layers against 12 for one, 8 x 12 for all."""
    from trunkline.estimate.shape import Shape
    from trunkline.estimate.traffic import Request, Tally

    shapes = [Shape(f"t{n}/m@1", f"t{n}", "a", "base", 12, 9, 3) for n in range(8)]
    tally = Tally(shapes, 1.0)
    for number in range(8):
        tally.add(Request(b"text", number, 1.0))
    found = layers(tally.traffic())
    assert found.shared / 12 == 2.75
    assert found.factor == pytest.approx(8 / 2.75)


def test_shorter_branches() -> None:
    """Stem 4, then 1 and 1; alone 4 + 1 and 3 + 1."""
    assert layers(counted(("a", INTENTS), ("a", TICKETS)), 1) == Layers(120.0, 90.0, 60.0)


def test_cores_weigh_trunks_by_what_their_layers_cost() -> None:
    """Two requests of 10 tokens in the log: 6 and 12 layers whole, 4 + 2 and 9 + 3 shared, at 50 requests a second."""
    traffic = counted(("a", INTENTS), ("b", LARGE))
    assert layers_by_trunk(traffic) == {"a": Layers(60.0, 60.0, 60.0), "b": Layers(120.0, 120.0, 120.0)}
    busy = cores(counted(("a", INTENTS), ("a", TICKETS), ("b", LARGE), ("c", LARGE)), {"a": 1e-4, "b": 1e-3}, 50.0)
    assert busy.whole == pytest.approx((120 * 1e-4 + 240 * 1e-3) * 50 / 4)
    assert busy.shared == pytest.approx((70 * 1e-4 + 240 * 1e-3) * 50 / 4)
