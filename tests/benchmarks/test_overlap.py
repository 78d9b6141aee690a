"""Texts meet as many tasks as the overlap row says."""

from __future__ import annotations

import pytest
from benchmarks.speed.plans import tasks
from benchmarks.speed.rows.overlap import met
from benchmarks.speed.rows.peak import operations


@pytest.mark.parametrize("share", [0, 25, 50, 100])
def test_share_of_texts_meets_all(share):
    plans = tasks("minilm", 4, 4, 2)
    asks = met(plans, 200, share)
    met_by = [sum(index in wanted for wanted in asks.values()) for index in range(200)]
    assert met_by.count(4) == 2 * share
    assert met_by.count(1) == 200 - 2 * share
    sizes = [len(wanted) for wanted in asks.values()]
    assert max(sizes) - min(sizes) <= 1


def test_versions_of_a_row_are_told_apart():
    plans = tasks("minilm", 64, 5, 1)
    assert len({plan.reference for plan in plans}) == 64


def test_operations_of_bert_base_are_two_for_each_weight():
    weights = 12 * 12 * 768**2  # of all projections, without attention's own products
    found = operations(rows=1, length=1)
    assert 2 * weights < found < 2.001 * weights
