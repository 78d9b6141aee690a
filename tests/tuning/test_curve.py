from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from trunkline.tuning.curve import Curve, Point, cheapest


def point(fork: int, branch: int, metric: float, **more: Any) -> Point:
    return Point(fork_layer=fork, branch_layers=branch, metric=metric, seconds=1.0, **more)


POINTS = (point(1, 1, 0.80), point(3, 1, 0.921), point(2, 2, 0.924), point(5, 1, 0.93), point(6, 0, 0.915))


def test_the_cheapest_within_tolerance_is_kept() -> None:
    assert cheapest(POINTS, 0.0, True) == 3
    assert POINTS[cheapest(POINTS, 0.01, True)].cost == 4
    assert cheapest(POINTS, 0.2, True) == 0


def test_of_equals_in_cost_a_fork_in_use_comes_first_then_the_better_one() -> None:
    equals = (point(3, 1, 0.921), point(2, 2, 0.924), point(4, 0, 0.922))
    assert cheapest(equals, 0.01, True) == 1
    assert cheapest(equals, 0.01, True, used=[0]) == 1
    assert cheapest((point(1, 3, 0.9), point(0, 4, 0.91)), 0.02, True, used=[0]) == 1


def test_layers_that_run_for_other_models_anyway_cost_nothing() -> None:
    assert cheapest(POINTS, 0.01, True) == 2  # 2 + 2 and 3 + 1 cost four each: the better one
    assert cheapest(POINTS, 0.01, True, used=[3]) == 1  # 3 + 1 adds one layer, 2 + 2 two
    assert cheapest(POINTS, 0.01, True, used=[5, 1]) == 1  # 5 + 1 adds one as well, but costs six where it is alone
    assert cheapest(POINTS, 0.02, True, used=[6]) == 4  # a head alone adds nothing
    assert cheapest(POINTS, 0.0, True, used=[3]) == 3
    own = (point(6, 0, 0.94, full=True), point(5, 1, 0.935))
    assert cheapest(own, 0.01, True, used=[6]) == 1  # a trunk of its own shares nothing


def test_what_a_place_adds_is_told_where_others_share_the_trunk(curve: Curve) -> None:
    shown = curve.model_copy(update={"shared": 3}).lines()
    assert "adds" in shown[0]
    assert "adds" not in curve.lines()[0]
    [row] = [line for line in shown if "5 + 1" in line]
    assert row.split()[3:5] == ["6", "3"]


def test_a_trunk_of_its_own_is_the_last_of_equals() -> None:
    points = (point(6, 0, 0.94, full=True), point(5, 1, 0.935))
    assert cheapest(points, 0.01, True) == 1
    assert cheapest(points, 0.001, True) == 0


@pytest.mark.parametrize(("tolerance", "kept"), [(0.0, 1), (0.1, 0)])
def test_smaller_may_be_better(tolerance: float, kept: int) -> None:
    errors = (point(2, 1, 1.05), point(5, 1, 1.0))
    assert cheapest(errors, tolerance, False) == kept


def test_tolerance_is_relative_to_the_size_of_a_negative_metric_too() -> None:
    assert cheapest((point(2, 1, -1.005), point(5, 1, -1.0)), 0.01, True) == 0


@pytest.fixture
def curve() -> Curve:
    return Curve(metric="accuracy", higher_is_better=True, tolerance=0.01, points=POINTS, chosen=2)


def test_table_lists_all_trials_from_cheap_to_dear_and_marks_the_kept_one(curve: Curve) -> None:
    lines = curve.lines()
    assert len(lines) == 1 + len(POINTS)
    assert [int(line.split()[3]) for line in lines[1:]] == sorted(one.cost for one in POINTS)
    [kept] = [line for line in lines if "kept" in line]
    assert "2 + 2" in kept


def test_drawing_is_valid_and_the_same_each_time(curve: Curve) -> None:
    drawn = curve.svg()
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert all(one.label in drawn for one in POINTS)
    assert curve.svg() == drawn


def test_record_survives_json(curve: Curve) -> None:
    assert Curve.model_validate_json(curve.model_dump_json()) == curve
