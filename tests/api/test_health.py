"""Probes go through the engine; metrics tell what it did."""

from __future__ import annotations

from dataclasses import fields

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from trunkline import Settings
from trunkline.api.app import create_app
from trunkline.api.metrics import MEANINGS
from trunkline.contract import Plugins
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.serving.stats import Snapshot
from trunkline.store.registry import Registry


def samples(client: TestClient) -> dict[tuple[str, str], float]:
    """Give each sample by name and its labels, written as text."""
    return {
        (sample.name, ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
    }


def test_alive_and_ready(client: TestClient) -> None:
    assert client.get("/livez").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_a_stopped_engine_is_not_ready_but_the_process_lives(
    registry: Registry, plugins: Plugins, settings: Settings
) -> None:
    engine = Engine(RegistryCatalog(registry), plugins, settings)
    client = TestClient(create_app(engine, plugins, registry, settings))
    assert client.get("/readyz").status_code == 200
    engine.close()
    assert client.get("/readyz").status_code == 503
    assert client.get("/livez").status_code == 200
    assert client.post("/v1/ner", json={"text": "a"}).status_code == 503
    assert samples(client)["trunkline_ready", ""] == 0


def test_readiness_ends_where_draining_begins(
    engine: Engine, registry: Registry, plugins: Plugins, settings: Settings
) -> None:
    app = create_app(engine, plugins, registry, settings)
    client = TestClient(app)
    app.state.serving.draining = True
    assert client.get("/readyz").status_code == 503
    reply = client.post("/v1/ner", json={"text": "a"})
    assert (reply.status_code, reply.headers["connection"]) == (200, "close")


def test_metrics_count_passes_and_answers(client: TestClient, engine: Engine) -> None:
    before = samples(client)
    for number in range(3):
        client.post("/v1/ner", json={"text": f"counted {number}"})
    client.get("/no-such-path")
    after = samples(client)
    assert after["trunkline_stem_passes_total", ""] == engine.stats().stem_passes
    assert after["trunkline_stem_passes_total", ""] - before["trunkline_stem_passes_total", ""] == 3
    answered = ("trunkline_jobs_total", "end=answered,model=ner/tickets@1")
    assert after[answered] - before.get(answered, 0) == 3
    assert after["trunkline_job_seconds_count", "model=ner/tickets@1"] == after[answered]
    posted = ("trunkline_http_request_seconds_count", "method=POST,route=/v1/ner,status=200")
    assert after[posted] - before.get(posted, 0) == 3
    assert ("trunkline_http_request_seconds_count", "method=GET,route=unmatched,status=404") in after


def test_every_metric_is_explained(client: TestClient) -> None:
    """In words of its own, not by its name once more."""
    told = {family.name: family.documentation for family in text_string_to_metric_families(client.get("/metrics").text)}
    assert {one.name for one in fields(Snapshot)} <= {*MEANINGS, "versions"}
    for name, meaning in told.items():
        words = name.removeprefix("trunkline_").replace("_", " ")
        assert len(meaning.split()) > 3, name
        assert not meaning.startswith(words), name


def test_loaded_versions_are_counted_and_weighed(client: TestClient, engine: Engine, registry: Registry) -> None:
    found = samples(client)
    sizes = [registry.artifact(registry.resolve(one), "branch").stat().st_size for one in engine.loaded]
    assert found["trunkline_loaded_versions", ""] == len(sizes) > 0
    assert found["trunkline_loaded_version_bytes", ""] == sum(sizes)
    assert found["trunkline_waiting_aliases", ""] == 0


def test_labels_stay_few_whatever_is_asked(client: TestClient) -> None:
    for number in range(20):
        client.get(f"/v1/models/ner/model-{number}")
        client.request(f"ODD{number}", "/livez")
    names = {labels for name, labels in samples(client) if name == "trunkline_http_request_seconds_count"}
    assert "method=GET,route=/v1/models/{task}/{name},status=404" in names
    assert len(names) < 60


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_the_examples_are_what_is_answered(client: TestClient, path: str) -> None:
    operation = client.get("/openapi.json").json()["paths"][path]["get"]
    assert operation["responses"]["200"]["content"]["application/json"]["example"] == client.get(path).json()
