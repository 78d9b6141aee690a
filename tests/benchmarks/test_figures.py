"""Figures are ratios of medians, and hold or not by their own direction."""

from __future__ import annotations

from benchmarks.speed.figures import ASKED, Asked, figures, holds, share, times_faster, times_fastest
from benchmarks.speed.store import Store

FOUND = {"medians": {"ours": 2.0, "slow": 8.0, "fast": 3.0}}


def test_ratios():
    assert times_faster("slow")(FOUND) == 4.0
    assert times_fastest(FOUND) == 1.5
    assert share("ours", "slow")(FOUND) == 0.25


def test_a_refused_side_gives_no_figure():
    assert times_faster("refused")(FOUND) is None


def test_direction():
    most, least = (Asked("", [], lambda: None, 1.5, at_most=way) for way in (True, False))
    assert (holds(1.4, most), holds(1.6, most), holds(1.4, least), holds(None, most)) == (True, False, False, None)


def test_nothing_measured_is_told_for_every_figure(tmp_path):
    found = figures(Store(tmp_path))
    assert len(found) == len(ASKED)
    assert {one["value"] for one in found} == {one["holds"] for one in found} == {None}


def test_a_measurement_reaches_its_figure(tmp_path):
    store = Store(tmp_path)
    store.measured("http/infinity", lambda: {"medians": {"ours": 500.0, "infinity": 100.0}})
    [figure] = [one for one in figures(store) if "Infinity" in one["name"]]
    assert figure["value"] == 5.0
    assert figure["holds"]
