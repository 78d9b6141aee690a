import math

import numpy as np
import pytest

from trunkline.evaluation.bootstrap import DRAWS, FEWEST, REPLICATES, bootstrap, replicates_for

RIGHT = [True] * 80 + [False] * 20


def accuracy(responses, examples):
    return {"accuracy": sum(r == e for r, e in zip(responses, examples, strict=True)) / len(examples)}


def test_the_interval_is_that_of_scipy():
    """Both draw at random, so they agree to about the width of a step of 1/100."""
    stats = pytest.importorskip("scipy.stats")
    theirs = stats.bootstrap(
        (np.array(RIGHT, float),), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    ours = bootstrap(accuracy, RIGHT, [True] * 100, replicates=4000)["accuracy"]
    assert ours.value == pytest.approx(0.8)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.011)


def test_responses_and_examples_are_drawn_in_pairs():
    """Nothing but equal pairs: every resample is perfect."""
    numbers = list(range(50))
    metric = bootstrap(accuracy, numbers, numbers)["accuracy"]
    assert (metric.value, metric.low, metric.high) == (1, 1, 1)


def test_the_same_seed_gives_the_same_interval():
    first, again = (bootstrap(accuracy, RIGHT, [True] * 100) for _ in range(2))
    assert first == again != bootstrap(accuracy, RIGHT, [True] * 100, seed=1)


def test_there_are_fewer_replicates_of_large_sets():
    assert replicates_for(1) == replicates_for(DRAWS // REPLICATES) == REPLICATES
    assert FEWEST < replicates_for(20_000) < REPLICATES
    assert replicates_for(10**9) == FEWEST


def test_no_replicates_no_interval():
    metric = bootstrap(accuracy, RIGHT, [True] * 100, replicates=0)["accuracy"]
    assert (metric.low, metric.high) == (None, None)


def test_a_metric_that_is_not_finite_is_left_out_and_rare_ones_have_no_interval():
    def rarely(responses, examples):
        return {"rare": 1.0 if sorted(responses) == [0, 1, 2, 3] else math.nan, "never": math.nan, "n": 4.0}

    metrics = bootstrap(rarely, [0, 1, 2, 3], [0, 1, 2, 3])
    assert set(metrics) == {"rare", "n"}
    assert metrics["rare"].value == 1
    assert metrics["rare"].low is None
    assert metrics["n"].low == 4
