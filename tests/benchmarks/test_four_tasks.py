"""The versions of the row leave the trunk where the stored results say that auto did."""

from __future__ import annotations

import json

import pytest
from benchmarks.quality.store import RESULTS
from benchmarks.speed.rows.four_tasks import AUTO, TAGGERS, apart, full


def stored(path):
    return json.loads((RESULTS / path).read_text(encoding="utf-8"))


def test_places_are_those_that_auto_kept():
    together = stored("auto-together/seed-0.json")["places"]
    alone = {data: stored(f"auto/{data}/seed-0.json") for data in TAGGERS}
    for plans, found in ((AUTO, together), (TAGGERS, alone)):
        assert plans.keys() == found.keys()
        for data, plan in plans.items():
            assert (plan.fork, plan.branch) == (found[data]["fork_layer"], found[data]["branch_layers"])


@pytest.mark.parametrize("plans", [AUTO, TAGGERS])
def test_whole_models_have_all_layers_and_weights_of_their_own(plans):
    wholes = [full(plan) for plan in plans.values()]
    assert {plan.layers for plan in wholes} == {6}
    assert len({plan.reference for plan in [*wholes, *plans.values()]}) == 8


def test_no_text_is_shared():
    asks = apart(list(AUTO.values()), 32)
    assert sorted(index for wanted in asks.values() for index in wanted) == list(range(32))
    assert {len(wanted) for wanted in asks.values()} == {8}
