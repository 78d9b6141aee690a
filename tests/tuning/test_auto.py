from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import trunkline
from trunkline.settings import Settings

Tune = Callable[..., Any]


def test_auto_keeps_the_cheapest_within_tolerance_and_draws_it(tune: Tune, settings: Settings) -> None:
    result = tune(fork_layer="auto", epochs=3, tolerance=0.05)
    curve = result.curve
    assert curve is not None
    best = max(point.metric for point in curve.points)
    good = [point for point in curve.points if point.metric >= best * 0.95]
    chosen = curve.points[curve.chosen]
    assert chosen in good
    assert chosen.cost == min(point.cost for point in good)
    assert result.version.branch.fork_layer == chosen.fork_layer
    assert result.version.branch.branch_layers == chosen.branch_layers
    with trunkline.registry(settings) as registry:
        stored = json.loads(registry.artifact_bytes(result.version, "curve.json"))
        assert stored == curve.model_dump(mode="json")
        assert registry.artifact_bytes(result.version, "curve.svg").startswith(b"<?xml")


def test_a_plain_run_gives_the_weights_that_auto_chose(tune: Tune) -> None:
    auto = tune(fork_layer="auto")
    branch = auto.version.branch
    how = {"tuning": "head"} if branch.branch_layers == 0 else {"branch_layers": branch.branch_layers}
    plain = tune(fork_layer=branch.fork_layer, **how)
    assert plain.version.artifacts["branch"] == auto.version.artifacts["branch"]


def test_everything_is_tried_only_when_asked(tune: Tune) -> None:
    places = [point.full for point in tune(fork_layer="auto", epochs=1).curve.points]
    assert not any(places)
    curve = tune(fork_layer="auto", epochs=1, include_full=True, seed=1).curve
    assert [point.full for point in curve.points].count(True) == 1


def test_a_fork_in_use_is_preferred_at_equal_cost(tune: Tune, settings: Settings) -> None:
    """With a tolerance that accepts all, cost alone and then the forks in use decide."""
    free = tune(fork_layer="auto", epochs=1, tolerance=0.99)
    cheapest = min(point.cost for point in free.curve.points)
    others = [point for point in free.curve.points if point.cost == cheapest]
    tune(name="other", fork_layer=others[-1].fork_layer, branch_layers=1, epochs=1)
    again = tune(fork_layer="auto", epochs=1, tolerance=0.99, seed=1)
    assert sum((again.version.branch.fork_layer, again.version.branch.branch_layers)) == cheapest
    assert again.version.branch.fork_layer in {others[-1].fork_layer, free.version.branch.fork_layer}


def test_finished_trials_are_not_trained_again_after_an_interruption(tune: Tune, told: Any) -> None:
    whole = tune(fork_layer="auto", name="whole")

    class Impatient(type(told)):
        def say(self, line: str) -> None:
            super().say(line)
            if sum("auto: trying" in one for one in self.lines) == 4:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(fork_layer="auto", progress=Impatient())
    resumed = tune(fork_layer="auto", progress=told)
    trained = sum(line.startswith("epoch 1/") for line in told.lines)
    assert trained == len(resumed.curve.points) - 3
    assert [point.metric for point in resumed.curve.points] == [point.metric for point in whole.curve.points]
    assert resumed.version.artifacts["branch"] == whole.version.artifacts["branch"]
