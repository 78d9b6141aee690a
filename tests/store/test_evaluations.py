from __future__ import annotations

import pytest
from sqlalchemy import select
from store_samples import draft, evaluation

from trunkline.errors import InvalidInput, NotFound
from trunkline.records import Metric
from trunkline.store.registry import Registry
from trunkline.store.schema import DatasetRow


def test_an_evaluation_comes_back_as_it_was_drafted(registry: Registry) -> None:
    registry.register(draft(), {})
    recorded = registry.record_evaluation("tickets@1", evaluation())
    assert recorded.model == "ner/tickets@1"
    assert recorded.model_dump(include=set(type(evaluation()).model_fields)) == evaluation().model_dump()
    assert list(recorded.metrics) == ["f1", "accuracy"]  # the primary metric stays first
    assert registry.evaluations("tickets") == [recorded]


def test_the_newest_comes_first_and_splits_are_told_apart(registry: Registry) -> None:
    registry.register(draft(), {}, [evaluation(), evaluation(split="test", n=5)])
    newest = registry.record_evaluation("tickets", evaluation(n=7))
    assert [found.n for found in registry.evaluations("tickets")] == [7, 5, 100]
    assert registry.latest_evaluation("tickets") == newest
    found = registry.latest_evaluation("tickets", split="test")
    assert found is not None
    assert found.n == 5
    assert registry.latest_evaluation("tickets", split="other") is None


def test_evaluations_belong_to_one_version(registry: Registry) -> None:
    registry.register(draft(), {}, [evaluation()])
    registry.register(draft(), {})
    assert registry.evaluations("tickets@2") == []
    with pytest.raises(NotFound):
        registry.record_evaluation("tickets@3", evaluation())


def test_a_data_set_is_known_once_and_named_when_measured(registry: Registry) -> None:
    registry.register(draft(dataset_fingerprint="a" * 64), {})
    registry.record_evaluation("tickets", evaluation(dataset_fingerprint="a" * 64, dataset_name="dev.csv", n=3))
    registry.record_evaluation("tickets", evaluation(dataset_fingerprint="a" * 64, dataset_name="copy.csv", n=3))
    with registry._database.read() as session:
        rows = [(row.fingerprint, row.name, row.n) for row in session.scalars(select(DatasetRow))]
    assert rows == [("a" * 64, "dev.csv", 3)]
    assert {found.dataset_name for found in registry.evaluations("tickets")} == {"dev.csv", "copy.csv"}


def test_a_figure_that_is_not_finite_is_refused(registry: Registry) -> None:
    registry.register(draft(), {})
    with pytest.raises(InvalidInput, match="metric 'f1' is nan"):
        registry.record_evaluation("tickets", evaluation(metrics={"f1": Metric(value=float("nan"))}))
    with pytest.raises(InvalidInput, match="report"):
        registry.record_evaluation("tickets", evaluation(report={"x": float("inf")}))
    assert registry.evaluations("tickets") == []
