"""The generated endpoints: typed, with examples that hold, and answers equal to the engine's own."""

from __future__ import annotations

import asyncio

import pytest
from fastapi.testclient import TestClient

from trunkline import HeadTask
from trunkline.contract import Plugins
from trunkline.serving.engine import Engine

TEXTS = ["where is my order", "", "ada lovelace met charles babbage", "a " * 200, "🙂 karl \r\n é", "[SEP] [PAD]"]


@pytest.mark.parametrize("task", ["classification", "ner"])
def test_every_example_in_openapi_is_answered(client: TestClient, task: str) -> None:
    operation = client.get("/openapi.json").json()["paths"][f"/v1/{task}"]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    assert set(examples) == {"one", "many"}
    for name, example in examples.items():
        reply = client.post(f"/v1/{task}", json=example["value"])
        assert reply.status_code == 200, reply.text
        assert isinstance(reply.json(), list) == (name == "many")


@pytest.mark.parametrize("task", ["classification", "ner"])
def test_the_response_example_is_a_response(client: TestClient, plugins: Plugins, task: str) -> None:
    operation = client.get("/openapi.json").json()["paths"][f"/v1/{task}"]["post"]
    examples = operation["responses"]["200"]["content"]["application/json"]["examples"]
    plugins.task(task).response_model.model_validate(examples["one"]["value"])


def test_openapi_knows_the_types(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    request = schema["components"]["schemas"]["ClassificationRequest"]
    assert request["properties"]["top_k"]["minimum"] == 1
    assert "Problem" in schema["components"]["schemas"]
    assert "HTTPValidationError" not in str(schema)


@pytest.mark.parametrize("task", ["classification", "ner"])
def test_a_list_is_answered_as_one_by_one(client: TestClient, task: str) -> None:
    many = client.post(f"/v1/{task}", json=[{"text": text} for text in TEXTS]).json()
    for text, answer in zip(TEXTS, many, strict=True):
        alone = client.post(f"/v1/{task}", json={"text": text}).json()
        assert alone.keys() == answer.keys()
        if task == "ner":
            assert [(e["start"], e["end"], e["label"]) for e in alone["entities"]] == [
                (e["start"], e["end"], e["label"]) for e in answer["entities"]
            ]
            assert all(text[e["start"] : e["end"]] == e["text"] for e in answer["entities"])
        else:
            assert alone["label"] == answer["label"]
            assert alone["score"] == pytest.approx(answer["score"], abs=1e-5)


def test_the_answer_is_the_engines(client: TestClient, engine: Engine, plugins: Plugins) -> None:
    task = plugins.head_task("classification")
    assert isinstance(task, HeadTask)
    request = task.request_model(text=TEXTS[0], model="intents@production", top_k=2)
    expected = asyncio.run(task.run(request, engine)).model_dump(mode="json")
    assert client.post("/v1/classification", json=request.model_dump()).json() == expected


def test_a_list_is_submitted_together(client: TestClient, engine: Engine) -> None:
    before = engine.stats()
    client.post("/v1/ner", json=[{"text": "together one"}, {"text": "together two"}, {"text": "together one"}])
    after = engine.stats()
    assert after.stem_passes - before.stem_passes == 1
    assert after.stem_rows - before.stem_rows == 2


def test_a_failure_in_a_list_is_told_by_its_place(client: TestClient) -> None:
    reply = client.post("/v1/ner", json=[{"text": "a"}, {"text": "a", "model": "tickets@9"}])
    assert reply.status_code == 404
    assert reply.json()["detail"].startswith("request 1: ")


def test_more_than_the_limit_is_refused(client: TestClient) -> None:
    assert client.post("/v1/ner", json=[{"text": "a"}] * 1025).status_code == 422


@pytest.mark.parametrize("model", ["tickets", "ner/tickets", "tickets@1", "ner/tickets@production", None])
def test_every_way_to_name_a_model(client: TestClient, model: str | None) -> None:
    assert client.post("/v1/ner", json={"text": "a", "model": model}).json()["model"] == "ner/tickets@1"


def test_a_model_of_another_task_is_refused(client: TestClient) -> None:
    assert client.post("/v1/ner", json={"text": "a", "model": "intents"}).status_code == 422
