"""From pairs and click logs to a ranking over HTTP: tuned, measured over all texts, registered, asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from logged import FOUND_BY, log, pairs
from starlette.testclient import TestClient

import trunkline
from trunkline import NotFound, Settings, load_plugins
from trunkline.api.app import create_app
from trunkline.progress import Silent
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry

TEXTS = list(FOUND_BY.values())
Tune = Callable[..., Any]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), threads=1)


@pytest.fixture(scope="module")
def tune(settings: Settings, tiny_trunk: Path) -> Tune:
    def tuned(**changes: Any) -> Any:
        wish = {
            "name": "desk", "data": pairs(240), "dev": pairs(40, seed=1), "trunk": str(tiny_trunk), "fork_layer": 1,
            "epochs": 6, "learning_rate": 5e-3, "head_learning_rate": 2e-2, "precision": "fp32", "settings": settings,
        }  # fmt: skip
        return trunkline.tune("retrieval", **(wish | changes))

    return tuned


@pytest.fixture(scope="module")
def tuned(tune: Tune) -> Any:
    return tune()


@pytest.fixture(scope="module")
def client(settings: Settings, tuned: Any) -> Iterator[TestClient]:
    with Registry.open(settings) as registry:
        plugins = load_plugins()
        with Engine(RegistryCatalog(registry), plugins, settings, follow=False, models=["retrieval/desk@1"]) as engine:
            yield TestClient(create_app(engine, plugins, registry, settings))


def mrr(result: Any) -> float:
    return float(result.evaluation.metrics["mrr"].value)


def test_it_learns_which_text_a_query_wants(tuned: Any, tune: Tune) -> None:
    before = tune(name="untrained", epochs=1, learning_rate=1e-9, head_learning_rate=1e-9)
    assert mrr(before) < 0.7
    assert mrr(tuned) > 0.9
    metrics = tuned.evaluation.metrics
    assert {"recall@1", "recall@5", "recall@10", "mrr", "ndcg@10"} == set(metrics)
    assert metrics["mrr"].low <= metrics["mrr"].value <= metrics["mrr"].high
    assert tuned.evaluation.report["texts"] == len(TEXTS)


def test_a_head_alone_learns_too(tune: Tune) -> None:
    def alone(**changes: Any) -> Any:
        return tune(
            name="head",
            tuning="head",
            fork_layer=None,
            learning_rate=None,
            **({"head_learning_rate": 0.1, "epochs": 15} | changes),
        )

    before = alone(epochs=1, head_learning_rate=1e-9)
    assert mrr(alone()) > mrr(before) + 0.2
    assert mrr(alone(options={"dimension": 8})) > mrr(before) + 0.2


def test_click_logs_teach_by_what_was_not_clicked(tune: Tune) -> None:
    result = tune(name="clicks", data=log(160), dev=log(30, seed=1), options={"temperature": 0.1})
    assert mrr(result) > 0.75
    assert result.evaluation.report["queries"] == len({row["query"] for row in log(30, seed=1)})
    assert result.version.head_config["temperature"] == 0.1


def test_it_is_measured_as_it_is_served(tuned: Any, settings: Settings) -> None:
    """Each query asked for a ranking of all texts gives the same reciprocal ranks."""
    right = {row["query"]: row["text"] for row in pairs(40, seed=1)}
    with trunkline.load(tuned.version.reference, settings) as model:
        answers = model.predict(list(right), texts=TEXTS)
        pairs_of = zip(right.values(), answers, strict=True)
        found = [[one.text for one in answer.results].index(text) + 1 for text, answer in pairs_of]
    assert np.mean([1 / rank for rank in found]) == pytest.approx(mrr(tuned), abs=1e-6)


class Impatient(Silent):
    """Presses Ctrl-C in the middle of the second epoch."""

    @contextmanager
    def track(self, description: str, total: int) -> Iterator[Callable[[int], None]]:
        done = 0

        def count(steps: int) -> None:
            nonlocal done
            done += steps
            if description == "training" and done == total // 2 + 1:
                raise KeyboardInterrupt

        yield count


def test_a_run_that_was_interrupted_ends_in_the_same_weights(tune: Tune) -> None:
    how = {"data": log(20), "epochs": 2, "checkpoint_minutes": 1e-6, "batch_size": 16}
    whole = tune(name="whole", **how).version
    with pytest.raises(KeyboardInterrupt):
        tune(name="stopped", progress=Impatient(), **how)
    assert tune(name="stopped", **how).version.artifacts["branch"] == whole.artifacts["branch"]


def test_rankings_over_http(client: TestClient) -> None:
    asked = {"query": "my card was late", "texts": TEXTS, "top_k": 3}
    found = client.post("/v1/retrieval", json={**asked, "query": "the card"}).json()
    assert found["model"] == "retrieval/desk@1"
    assert found["results"][0]["text"] == FOUND_BY["card"] == TEXTS[found["results"][0]["index"]]
    assert len(found["results"]) == 3
    scores = [one["score"] for one in found["results"]]
    assert scores == sorted(scores, reverse=True)
    assert found["vectors"] is None
    both = client.post("/v1/retrieval", json=[asked, {**asked, "query": "the phone", "top_k": 1}]).json()
    assert both[1]["results"][0]["text"] == FOUND_BY["phone"]


def test_vectors_over_http_are_the_scores(client: TestClient) -> None:
    asked = {"query": "the card", "texts": [*TEXTS, "anna " * 300], "vectors": True}
    found = client.post("/v1/retrieval", json=asked).json()
    vectors, query = np.array(found["vectors"]["texts"]), np.array(found["vectors"]["query"])
    assert vectors.shape == (len(TEXTS) + 1, 32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(vectors @ query, [one["score"] for one in found["results"]], atol=1e-6)


def test_in_analyze_the_query_is_the_text(client: TestClient) -> None:
    body = {"text": "the phone", "models": {"retrieval/desk@1": {"texts": TEXTS, "top_k": 1}}}
    answer = client.post("/v1/analyze", json=body).json()["answers"]["retrieval/desk@1"]
    assert answer["results"][0]["text"] == FOUND_BY["phone"]


def test_what_cannot_be_asked_is_told(client: TestClient, settings: Settings, tuned: Any) -> None:
    for body, told in (
        ({"query": "a"}, "knowledge_base"),
        ({"query": "a", "texts": ["b"], "knowledge_base": "faq"}, "knowledge_base"),
        ({"query": "a", "texts": [" "]}, "texts"),
        ({"query": "a", "knowledge_base": "faq", "vectors": True}, "leave it out with a knowledge_base"),
    ):
        answer = client.post("/v1/retrieval", json=body)
        assert answer.status_code == 422, answer.text
        assert told in answer.text
    with trunkline.load(tuned.version.reference, settings) as model, pytest.raises(NotFound, match="faq"):
        model.predict("a", knowledge_base="faq")
