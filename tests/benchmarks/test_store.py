"""What was measured is not measured again; what failed is."""

from __future__ import annotations

import pytest
from benchmarks.speed.store import Store


def test_a_finished_measurement_is_given_back(tmp_path):
    taken = []

    def measure():
        taken.append(1)
        return {"medians": {"ours": 1.0}}

    first = Store(tmp_path).measured("row/one", measure)
    assert Store(tmp_path).measured("row/one", measure) == first
    assert taken == [1]
    assert {"machine", "load_average", "wall_seconds"} <= first.keys()


def test_a_failed_measurement_leaves_nothing(tmp_path):
    store = Store(tmp_path)
    with pytest.raises(ZeroDivisionError):
        store.measured("row/one", lambda: {"value": 1 / 0})
    assert store.found("row/one") is None
    assert store.under("") == {}
