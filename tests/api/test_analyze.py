"""Several models on one text: the same answers as one by one, from one pass."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from trunkline.api import analyze
from trunkline.serving.engine import Engine

BOTH = ["classification/intents", "ner/tickets@production"]
TEXT = "ada lovelace met charles babbage in london where is my order"


def test_one_text_is_one_object_and_one_pass(client: TestClient, engine: Engine) -> None:
    before = engine.stats()
    answers = client.post("/v1/analyze", json={"text": TEXT, "models": BOTH}).json()["answers"]
    after = engine.stats()
    assert (after.stem_passes - before.stem_passes, after.stem_rows - before.stem_rows) == (1, 1)
    assert list(answers) == BOTH
    intent = client.post("/v1/classification", json={"text": TEXT}).json()
    assert answers[BOTH[0]]["label"] == intent["label"]
    assert answers[BOTH[0]]["score"] == pytest.approx(intent["score"], abs=1e-5)
    entities = client.post("/v1/ner", json={"text": TEXT}).json()["entities"]
    assert [e["start"] for e in answers[BOTH[1]]["entities"]] == [e["start"] for e in entities]


def test_a_list_is_a_list_in_its_order(client: TestClient, engine: Engine) -> None:
    texts = ["ada", "karl was late", "ada", "a b c d e f g"]
    before = engine.stats()
    results = client.post("/v1/analyze", json={"text": texts, "models": BOTH}).json()
    after = engine.stats()
    assert after.stem_rows - before.stem_rows == 3  # the equal texts are one
    assert after.stem_passes - before.stem_passes == 1
    for text, result in zip(texts, results, strict=True):
        alone = client.post("/v1/analyze", json={"text": text, "models": BOTH}).json()
        assert alone["answers"][BOTH[0]]["score"] == pytest.approx(result["answers"][BOTH[0]]["score"], abs=1e-5)
        assert len(alone["answers"][BOTH[1]]["entities"]) == len(result["answers"][BOTH[1]]["entities"])


def test_options_are_the_tasks_own_fields(client: TestClient) -> None:
    models = {"intents": {"top_k": 1}, "intents@production": {"top_k": 2}, "tickets": {"min_score": 1.0}}
    answers = client.post("/v1/analyze", json={"text": TEXT, "models": models}).json()["answers"]
    assert [len(answers[name]["scores"]) for name in ("intents", "intents@production")] == [1, 2]
    assert answers["tickets"]["entities"] == []


def test_the_examples_in_openapi_validate(client: TestClient) -> None:
    from trunkline.api.analyze import AnalyzeRequest

    operation = client.get("/openapi.json").json()["paths"]["/v1/analyze"]["post"]
    for example in operation["requestBody"]["content"]["application/json"]["examples"].values():
        AnalyzeRequest.model_validate(example["value"])
        served = {"classification/classification-model": "intents", "ner/ner-model": "tickets"}
        models = example["value"]["models"]
        needed: dict[str, set[str]] = {"qa/qa-model": {"question"}, "retrieval/retrieval-model": {"texts"}}
        needed["translation/translation-model"] = set()
        assert set(models) - set(needed) == set(served)
        assert isinstance(models, list) or all(models[name].keys() == fields for name, fields in needed.items())
        body = {**example["value"], "models": [served[name] for name in models if name in served]}
        assert client.post("/v1/analyze", json=body).status_code == 200


@pytest.mark.parametrize(
    ("models", "status", "told"),
    [
        ({"intnts": {}}, 404, "did you mean intents?"),
        ({"intents@7": {}}, 404, "intents@7 on text 0: "),
        ({"intents@stagging": {}}, 404, "intents@stagging on text 0: "),
        ({"ner/intents": {}}, 422, "is a model of task"),
        ({"translate/x": {}}, 404, "task"),
        ({"intents": {"model": "x"}}, 422, "model is not an option"),
        ({"intents": {"text": "x"}}, 422, "text is not an option"),
        ({"intents": {"top_k": 0}}, 422, "do not validate"),
        ({}, 422, "does not validate"),
        ([], 422, "does not validate"),
        ({"../../etc/passwd": {}}, 422, "not a reference"),
        ({"intents@01": {}}, 422, "not a reference"),
        (["intents", "tickets", "intents"], 422, "intents stands in the list twice"),
    ],
)
def test_what_cannot_be_asked_is_told(client: TestClient, models: object, status: int, told: str) -> None:
    reply = client.post("/v1/analyze", json={"text": ["ada", "karl"], "models": models})
    assert reply.status_code == status
    assert told in reply.json()["detail"]


@pytest.mark.parametrize("option", ["top", "top_k", "text"])
def test_an_option_that_cannot_be_is_told_by_its_whole_path(client: TestClient, option: str) -> None:
    reply = client.post("/v1/analyze", json={"text": "ada", "models": {BOTH[0]: {option: 0}, BOTH[1]: {}}})
    assert [error["loc"] for error in reply.json()["errors"]] == [["body", "models", BOTH[0], option]]


def test_more_questions_than_may_wait_are_refused_before_any_is_made(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    monkeypatch.setattr(analyze, "_question", lambda *parts: made.append(parts))
    spellings = [f"{path}{end}" for path in [*BOTH[:1], "ner/tickets"] for end in ("", "@1", "@production")]
    reply = client.post("/v1/analyze", json={"text": [""] * 1024, "models": spellings})
    assert reply.status_code == 422
    assert "6144 questions in one request; at most 4096" in reply.json()["detail"]
    assert made == []
