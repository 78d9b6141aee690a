"""The registry over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from trunkline import Metric, Settings
from trunkline.api.app import create_app
from trunkline.contract import Plugins
from trunkline.records import EvaluationDraft
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry
from versions import add_trunk, register_random


@pytest.fixture
def registry(tmp_path: Path, tiny_trunk: Path, plugins: Plugins) -> Iterator[Registry]:
    """A registry of its own: ner/tickets with versions 1 to 3, one alias, two measurements of version 2."""
    with Registry.open(Settings(home=tmp_path / "home")) as registry:
        trunk = add_trunk(registry, tiny_trunk)
        for _ in range(3):
            register_random(registry, plugins, trunk, "ner", "tickets", 1)
        registry.set_alias("tickets@2", "production")
        for value in (0.5, 0.75):
            registry.record_evaluation("tickets@2", measured(value))
        yield registry


def measured(f1: float) -> EvaluationDraft:
    return EvaluationDraft(
        backend="torch",
        precision="fp32",
        dataset_name="test.jsonl",
        dataset_fingerprint="0" * 64,
        split="test",
        n=10,
        seconds=0.5,
        metrics={"f1": Metric(value=f1, low=f1 - 0.1, high=f1 + 0.1)},
        environment={"threads": 1},
        report={"per_type": {"person": f1}},
    )


@pytest.fixture
def client(registry: Registry, plugins: Plugins, tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(home=tmp_path / "home", threads=1)
    with Engine(RegistryCatalog(registry), plugins, settings) as engine:
        yield TestClient(create_app(engine, plugins, registry, settings))


def test_models_are_listed_as_openai_lists_them(client: TestClient, registry: Registry) -> None:
    reply = client.get("/v1/models").json()
    assert reply["object"] == "list"
    [model] = reply["data"]
    created = int(registry.resolve("tickets@3").created_at.timestamp())
    assert model == {
        "id": "ner/tickets",
        "object": "model",
        "created": created,
        "owned_by": "trunkline",
        "task": "ner",
        "newest": 3,
        "aliases": {"production": 2},
    }


def test_a_model_has_versions_and_measurements(client: TestClient) -> None:
    detail = client.get("/v1/models/ner/tickets").json()
    assert [version["number"] for version in detail["versions"]] == [3, 2, 1]
    assert [evaluation["metrics"]["f1"]["value"] for evaluation in detail["evaluations"]] == [0.75, 0.5]


def test_evaluations_newest_first_with_the_report_on_request(client: TestClient) -> None:
    for path in ("/v1/evaluations", "/v1/evaluations?model=tickets@production"):
        data = client.get(path).json()["data"]
        assert [one["metrics"]["f1"]["value"] for one in data] == [0.75, 0.5]
        assert data[0]["report"] == {}
    assert client.get("/v1/evaluations?report=true&limit=1").json()["data"][0]["report"] == {
        "per_type": {"person": 0.75}
    }
    assert client.get("/v1/evaluations?model=tickets@1").json()["data"] == []


def test_a_registered_version_is_listed_at_once(
    client: TestClient, registry: Registry, plugins: Plugins, tiny_trunk: Path
) -> None:
    register_random(registry, plugins, registry.trunks()[0], "classification", "intents", 2)
    assert [model["id"] for model in client.get("/v1/models").json()["data"]] == [
        "classification/intents",
        "ner/tickets",
    ]


def test_tasks_are_what_plugins_brought(client: TestClient, plugins: Plugins) -> None:
    assert [task["name"] for task in client.get("/v1/tasks").json()["data"]] == sorted(plugins.tasks)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/models/ner/tikets", 404),
        ("/v1/models/classification/tickets", 404),
        ("/v1/evaluations?model=none", 404),
        ("/v1/evaluations?model=../x", 422),
        ("/v1/evaluations?limit=0", 422),
    ],
)
def test_what_is_not_there_is_a_problem(client: TestClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status
