"""Knowledge bases over HTTP: filled, searched, asked by a tuned version, rebuilt, deleted while they are asked."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import trunkline
from trunkline import Settings, load_plugins
from trunkline.api.app import create_app
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry

ROOT = "/v1/qa/knowledge-bases"
PLACES = ["london", "paris", "tokyo", "berlin"]
THINGS = ["order", "refund", "parcel", "invoice"]
DOCUMENTS = [
    {"id": f"{thing}s/{place}.md", "title": place, "text": f"my {thing} is in {place} ."}
    for place, thing in zip(PLACES, THINGS, strict=True)
]
PAIR = {"id": "phone", "question": "is there a phone number ?", "answer": "no , please write ."}


def row(source: random.Random) -> dict[str, Any]:
    place, thing = source.choice(PLACES), source.choice(THINGS)
    context = f"my {thing} is in {place} ."
    answers = [] if source.random() < 0.2 else [{"text": place, "start": context.index(place)}]
    question = f"where is my {thing} ?" if answers else f"who has my {thing} ?"
    return {"question": question, "context": context, "answers": answers}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), threads=1)


@pytest.fixture(scope="module")
def client(settings: Settings, tiny_trunk: Path) -> Iterator[TestClient]:
    source = random.Random(0)
    rows = [row(source) for _ in range(120)]
    trunkline.tune(
        "qa", name="desk", data=rows[:100], dev=rows[100:], trunk=str(tiny_trunk), fork_layer=0, epochs=8,
        learning_rate=2e-3, settings=settings,
    )  # fmt: skip
    plugins = load_plugins()
    with (
        Registry.open(settings) as registry,
        Engine(RegistryCatalog(registry), plugins, settings, follow=False) as engine,
        TestClient(create_app(engine, plugins, registry, settings), raise_server_exceptions=False) as client,
    ):
        yield client


@pytest.fixture
def support(client: TestClient) -> Iterator[str]:
    """The path of a base with four documents and a pair, all with vectors."""
    path = f"{ROOT}/support"
    assert client.put(path, json={"faq_threshold": 0.999}).status_code == 200
    assert client.put(f"{path}/documents", json={"documents": [*DOCUMENTS, PAIR]}).json()["added"] == 5
    settled(client, path)
    yield path
    client.delete(path)


def settled(client: TestClient, path: str) -> dict[str, Any]:
    """Wait until nothing is done about vectors any more; gives the base as it is then."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        told: dict[str, Any] = client.get(path).json()
        if not told["updating"]["running"]:
            return told
        time.sleep(0.02)
    raise AssertionError(f"still {told}")


def test_a_base_is_made_filled_and_listed(client: TestClient, support: str) -> None:
    told = client.get(support).json()
    assert (told["documents"], told["faq_pairs"], told["passages"]) == (4, 1, 5)
    assert told["vectors"]["passages"] == 5
    assert told["vectors"]["missing"] == 0
    assert told["vectors"]["problem"] is None
    assert told["vectors"]["search"] == "exact"
    assert told["updating"]["problem"] is None
    [listed] = client.get(ROOT).json()["data"]
    assert listed == {"name": "support", "documents": 4, "faq_pairs": 1, "passages": 5}
    page = client.get(f"{support}/documents", params={"limit": 3}).json()
    rest = client.get(f"{support}/documents", params={"after": page["next"]}).json()
    assert [one["id"] for one in (*page["data"], *rest["data"])] == sorted([*(one["id"] for one in DOCUMENTS), "phone"])
    assert rest["next"] is None
    assert client.get(f"{support}/documents/orders/london.md").json()["text"] == DOCUMENTS[0]["text"]


def test_to_put_again_changes_what_has_changed(client: TestClient, support: str) -> None:
    changed = {**DOCUMENTS[0], "text": "my order is in berlin ."}
    told = client.put(f"{support}/documents", json={"documents": [changed, DOCUMENTS[1]]}).json()
    assert told == {"added": 0, "changed": 1, "unchanged": 1}
    assert settled(client, support)["vectors"]["passages"] == 5


def test_an_answer_has_its_place_in_the_document(client: TestClient, support: str) -> None:
    body = {"question": "where is my parcel ?", "knowledge_base": "support"}
    found = client.post("/v1/qa", json=body).json()
    assert found["model"] == "qa/desk@1"
    assert found["answer"] == "tokyo"
    [best] = found["answers"]
    place = best["document"]
    assert best["kind"] == "document"
    assert (place["id"], place["title"]) == ("parcels/tokyo.md", "tokyo")
    text = client.get(f"{support}/documents/{place['id']}").json()["text"]
    assert text[place["start"] : place["end"]] == "tokyo" == place["passage"][best["start"] : best["end"]]
    several = client.post("/v1/qa", json={**body, "top_k": 3, "threshold": 0, "passages": 4}).json()["answers"]
    assert len(several) == 3
    alone = [
        {"question": f"where is my {thing} ?", "knowledge_base": "support", "passages": 1}
        for thing in ("parcel", "refund")
    ]
    many = client.post("/v1/qa", json=alone).json()
    assert [one["answer"] for one in many] == ["tokyo", "paris"]


def test_a_stored_question_is_answered_whole_and_a_context_as_ever(client: TestClient, support: str) -> None:
    body = {"question": "Is there a PHONE number?", "knowledge_base": "support"}
    found = client.post("/v1/qa", json=body).json()
    assert found["answer"] == PAIR["answer"]
    assert found["answers"][0]["kind"] == "faq"
    plain = client.post("/v1/qa", json={"question": "where is my order ?", "context": "my order is in paris ."}).json()
    assert set(plain) == {"model", "answer", "answers"}
    assert set(plain["answers"][0]) == {"text", "start", "end", "score"}


def test_passages_are_searched(client: TestClient, support: str) -> None:
    for mode in ("bm25", "vectors", "hybrid"):
        found = client.post(f"{support}/search", json={"query": "refund in paris", "mode": mode, "limit": 2}).json()
        assert found["mode"] == mode
        assert found["note"] is None
        assert len(found["passages"]) == (2 if mode != "bm25" else len(found["passages"]))
    best = found["passages"][0]
    assert best["document"] == "refunds/paris.md"
    assert best["text"] == DOCUMENTS[1]["text"][best["start"] : best["end"]]


def test_settings_change_and_vectors_follow_by_a_rebuild(client: TestClient, support: str) -> None:
    told = client.put(support, json={"passage_prefix": "passage "}).json()
    assert told["settings"]["faq_threshold"] == 0.999
    assert "rebuild" in told["vectors"]["problem"]
    found = client.post(f"{support}/search", json={"query": "refund in paris"}).json()
    assert "rebuild" in found["note"]
    assert found["mode"] == "hybrid"
    reply = client.post(f"{support}/rebuild")
    assert reply.status_code == 202
    told = settled(client, support)
    assert told["vectors"]["problem"] is None
    assert told["vectors"]["made_by"]["passage_prefix"] == "passage "
    client.put(support, json={"vectors": False})
    assert client.post(f"{support}/rebuild").status_code == 409


def test_documents_and_bases_are_deleted(client: TestClient, support: str) -> None:
    assert client.delete(f"{support}/documents/orders/london.md").json() == {"deleted": 1}
    assert client.delete(f"{support}/documents/orders/london.md").status_code == 404
    several = {"ids": ["phone", "refunds/paris.md", "never"]}
    assert client.post(f"{support}/documents/delete", json=several).json() == {"deleted": 2}
    assert client.delete(support).json() == {"deleted": "support"}
    for reply in (
        client.get(support),
        client.delete(support),
        client.put(f"{support}/documents", json={"documents": DOCUMENTS}),
        client.post(f"{support}/search", json={"query": "a"}),
        client.post("/v1/qa", json={"question": "a", "knowledge_base": "support"}),
    ):
        assert reply.status_code == 404
        assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/UPPER", {}, 422),
        ("PUT", "/a%2F..%2Fb", {}, 404),
        ("PUT", "/new", {"trunk": "nothing"}, 404),
        ("PUT", "/new", {"model": "nothing"}, 404),
        ("PUT", "/new", {"trunk": "a", "model": "b"}, 422),
        ("PUT", "/support/documents", {"documents": []}, 422),
        ("PUT", "/support/documents", {"documents": [{"id": "a", "text": ""}]}, 422),
        ("PUT", "/support/documents", {"documents": [{"id": "a", "text": "b", "kind": []}]}, 422),
        ("PUT", "/support/documents", {"documents": [{"id": "a", "text": "b", "kind": {"x": 1}}]}, 422),
        ("PUT", "/support/documents", {"documents": [{"id": "a", "text": "b"}, {"id": "a", "text": "c"}]}, 422),
        ("POST", "/support/search", {"query": " "}, 422),
        ("POST", "/support/search", {"query": "a", "mode": "x"}, 422),
        ("POST", "/support/search", {"query": "a", "limit": 0}, 422),
    ],
)
def test_what_cannot_be_done_is_a_problem(
    client: TestClient, support: str, method: str, path: str, body: Any, status: int
) -> None:
    reply = client.request(method, f"{ROOT}{path}", json=body)
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert client.get(f"{ROOT}/new").status_code == 404


def test_a_base_deleted_while_it_is_asked_is_not_found_and_nothing_worse(client: TestClient) -> None:
    """Puts, searches, questions and deletions at once: each is done, or told in a 4xx."""
    codes: set[int] = set()
    stop = threading.Event()
    path = f"{ROOT}/busy"

    def ask() -> None:
        while not stop.is_set():
            for reply in (
                client.post("/v1/qa", json={"question": "where is my order ?", "knowledge_base": "busy"}),
                client.post(f"{path}/search", json={"query": "order"}),
                client.get(path),
                client.get(ROOT),
            ):
                codes.add(reply.status_code)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(6):
        for reply in (
            client.put(path, json={}),
            client.put(f"{path}/documents", json={"documents": [*DOCUMENTS, PAIR]}),
            client.delete(path),
        ):
            codes.add(reply.status_code)
    stop.set()
    for thread in threads:
        thread.join()
    assert codes == {200, 404}


def test_a_long_question(client: TestClient, support: str) -> None:
    body = {"question": "where is my parcel ? " * 2_000, "knowledge_base": "support"}
    assert client.post("/v1/qa", json=body).status_code == 200


def test_openapi_shows_examples_that_validate(client: TestClient) -> None:
    from trunkline_qa.knowledge import messages, preferences

    paths = {path for path in client.get("/openapi.json").json()["paths"] if path.startswith(ROOT)}
    assert len(paths) == 8
    for model in (
        messages.PutDocuments, messages.PutDone, messages.DeleteDocuments, messages.SearchRequest,
        preferences.Preferences,
    ):  # fmt: skip
        [example] = model.model_json_schema()["examples"]
        model.model_validate(example)
