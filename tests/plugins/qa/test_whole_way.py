"""From data to an answer over HTTP: tuned, registered, loaded, asked alone, in a list and beside others."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import trunkline
from trunkline import Settings, load_plugins
from trunkline.api.app import create_app
from trunkline.export.compile import compile_version
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry

PLACES = ["london", "paris", "tokyo", "berlin"]
THINGS = ["order", "refund", "parcel", "invoice"]


def row(source: random.Random) -> dict[str, Any]:
    place, thing = source.choice(PLACES), source.choice(THINGS)
    context = f"my {thing} is in {place} ."
    if source.random() < 0.2:
        return {"question": "who ?", "context": context, "answers": []}
    text = place if source.random() < 0.5 else thing
    question = "where ?" if text == place else "what ?"
    return {"question": question, "context": context, "answers": [{"text": text, "start": context.index(text)}]}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), threads=1)


@pytest.fixture(scope="module")
def tuned(settings: Settings, tiny_trunk: Path) -> Any:
    source = random.Random(0)
    rows = [row(source) for _ in range(200)]
    return trunkline.tune(
        "qa", name="desk", data=rows[:160], dev=rows[160:], trunk=str(tiny_trunk), fork_layer=0, epochs=10,
        learning_rate=2e-3, settings=settings,
    )  # fmt: skip


@pytest.fixture(scope="module")
def client(settings: Settings, tuned: Any) -> Iterator[TestClient]:
    with Registry.open(settings) as registry:
        plugins = load_plugins()
        with Engine(RegistryCatalog(registry), plugins, settings, follow=False) as engine:
            yield TestClient(create_app(engine, plugins, registry, settings))


def test_it_learns_to_answer_and_to_say_nothing(tuned: Any) -> None:
    metrics = tuned.evaluation.metrics
    assert metrics["f1"].value > 0.8
    assert metrics["NoAns_f1"].value > 0.8
    assert tuned.version.head_config["threshold"] is not None
    assert tuned.version.head_config["max_words"] == 8


def test_answers_over_http(client: TestClient) -> None:
    asked = {"question": "where ?", "context": "my order is in paris ."}
    found = client.post("/v1/qa", json=asked).json()
    assert found["model"] == "qa/desk@1"
    assert found["answer"] == "paris"
    [best] = found["answers"]
    assert (best["text"], best["start"], best["end"]) == ("paris", 15, 20)
    assert client.post("/v1/qa", json={**asked, "question": "who ?"}).json()["answer"] is None
    several = client.post("/v1/qa", json={**asked, "top_k": 3, "threshold": 0}).json()["answers"]
    assert len(several) == 3
    assert [one["score"] for one in several] == sorted((one["score"] for one in several), reverse=True)
    both = client.post("/v1/qa", json=[asked, {**asked, "question": "what ?"}]).json()
    assert [one["answer"] for one in both] == ["paris", "order"]


def test_a_question_stands_in_the_options_of_analyze(client: TestClient) -> None:
    body = {"text": "my refund is in tokyo .", "models": {"qa/desk": {"question": "where ?"}}}
    assert client.post("/v1/analyze", json=body).json()["answers"]["qa/desk"]["answer"] == "tokyo"
    refused = client.post("/v1/analyze", json={**body, "models": {"qa/desk": {"context": "x", "question": "y"}}})
    assert refused.status_code == 422
    assert "context is not an option" in refused.text


@pytest.mark.parametrize(
    "change", [{"context": ""}, {"context": " \n"}, {"question": ""}, {"top_k": 0}, {"top_k": 21}, {"threshold": 2}]
)
def test_what_cannot_be_asked(client: TestClient, change: dict[str, Any]) -> None:
    asked = {"question": "where ?", "context": "my order is in paris .", **change}
    answer = client.post("/v1/qa", json=asked)
    assert answer.status_code == 422
    assert next(iter(change)) in answer.text


def test_long_questions_and_long_contexts_are_answered(client: TestClient) -> None:
    """A context shorter than its question, and one of many windows whose answer stands far behind."""
    long = {"question": "where ? " * 2000, "context": "paris"}
    assert client.post("/v1/qa", json=long).status_code == 200
    far = "nothing is here . " * 300 + "my order is in berlin ."
    found = client.post("/v1/qa", json={"question": "where ?", "context": far, "threshold": 0}).json()["answers"][0]
    assert far[found["start"] : found["end"]] == found["text"]


def test_in_python_the_question_is_what_is_typed(settings: Settings, tuned: Any) -> None:
    with trunkline.load(tuned.version.reference, settings) as model:
        assert model.predict("what ?", context="my invoice is in paris .").answer == "invoice"


@pytest.fixture(scope="module")
def apart(settings: Settings, tiny_trunk: Path) -> Any:
    """The same, with question and context read apart up to layer 1."""
    source = random.Random(0)
    rows = [row(source) for _ in range(200)]
    return trunkline.tune(
        "qa", name="apart", data=rows[:160], dev=rows[160:], trunk=str(tiny_trunk), joined_at=1, epochs=12,
        learning_rate=3e-3, settings=settings,
    )  # fmt: skip


def test_it_learns_to_answer_from_texts_that_are_read_apart(apart: Any) -> None:
    assert apart.version.branch.joined_at == apart.version.branch.fork_layer == 1
    assert apart.evaluation.metrics["f1"].value > 0.8


def test_a_version_that_joins_texts_is_compiled_and_answers_alike(settings: Settings, apart: Any) -> None:
    compiled = compile_version(apart.version.reference, settings=settings, backend="openvino", precision="fp32")
    assert compiled.comparison.same_answers == 1.0
    fast = settings.model_copy(update={"backend": "openvino", "precision": "fp32"})
    context = "my invoice is in paris ."
    with (
        trunkline.load(apart.version.reference, settings) as slow,
        trunkline.load(apart.version.reference, fast) as quick,
    ):
        for question in ("what ?", "where ?"):
            expected = slow.predict(question, context=context)
            found = quick.predict(question, context=context)
            assert found.answer == expected.answer
            assert found.answers[0].score == pytest.approx(expected.answers[0].score, abs=1e-4)
