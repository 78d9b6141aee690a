"""The registry over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

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
        "quality": None,
    }


def test_the_list_has_the_newest_version_s_primary_metric(client: TestClient, registry: Registry) -> None:
    registry.record_evaluation("tickets@3", measured(0.75))
    registry.record_evaluation("tickets@3", measured(0.5).model_copy(update={"backend": "openvino"}))
    [model] = client.get("/v1/models").json()["data"]
    assert model["quality"] == {
        "metric": "f1",
        "value": 0.75,
        "low": 0.65,
        "high": 0.85,
        "split": "test",
        "n": 10,
        "backend": "torch",
        "precision": "fp32",
    }


def test_a_model_has_versions_and_measurements(client: TestClient) -> None:
    detail = client.get("/v1/models/ner/tickets").json()
    assert [version["number"] for version in detail["versions"]] == [3, 2, 1]
    assert [evaluation["metrics"]["f1"]["value"] for evaluation in detail["evaluations"]] == [0.75, 0.5]
    assert detail["serving"] == {"newest": 3, "aliases": {"production": 2}, "waiting": []}


def test_what_is_served_and_what_is_waited_for(registry: Registry, plugins: Plugins, tmp_path: Path) -> None:
    """A server of an engine on which only the second of three versions was measured."""
    registry.record_evaluation("tickets@2", measured(0.5).model_copy(update={"backend": "onnxruntime"}))
    settings = Settings(home=tmp_path / "home", threads=1, backend="onnxruntime", refresh_seconds=0.01)
    with Engine(RegistryCatalog(registry), plugins, settings, measured_only=True) as engine:
        engine.preload()
        client = TestClient(create_app(engine, plugins, registry, settings))

        def detail() -> Any:
            return client.get("/v1/models/ner/tickets").json()

        def answering(model: str) -> str:
            return str(client.post("/v1/ner", json={"text": "ada", "model": model}).json()["model"])

        assert detail()["serving"] == {"newest": 2, "aliases": {"production": 2}, "waiting": []}
        assert answering("tickets") == "ner/tickets@2"
        registry.set_alias("tickets@3", "production")
        eventually(lambda: detail()["serving"]["waiting"])
        found = detail()
        assert found["aliases"] == {"production": 3}
        assert found["serving"]["aliases"] == {"production": 2}
        [waiting] = found["serving"]["waiting"]
        assert (waiting["alias"], waiting["wanted"], waiting["served"]) == ("production", 3, 2)
        assert "trunkline compile ner/tickets@3 --backend onnxruntime" in waiting["why"]
        assert answering("tickets@production") == "ner/tickets@2"
        assert "trunkline_waiting_aliases 1.0" in client.get("/metrics").text
        registry.record_evaluation("tickets@3", measured(0.5).model_copy(update={"backend": "onnxruntime"}))
        eventually(lambda: not detail()["serving"]["waiting"])
        assert detail()["serving"] == {"newest": 3, "aliases": {"production": 3}, "waiting": []}
        assert (answering("tickets"), answering("tickets@production")) == ("ner/tickets@3", "ner/tickets@3")
        assert "trunkline_waiting_aliases 0.0" in client.get("/metrics").text


def eventually(check: Callable[[], Any], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.01)


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
