"""Every failure is a problem with a trace id, and none repeats what was sent."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import TypeAdapter

from trunkline.api import problems
from trunkline.api.problems import Problem
from trunkline.api.tracing import TraceMiddleware
from trunkline.errors import (
    Conflict,
    CorruptArtifact,
    DeadlineExceeded,
    EngineStopped,
    EnvironmentFault,
    Overloaded,
    TrunklineError,
)

CANARY = "Zanzibar-4711-secret"
TRACEPARENT = re.compile(r"^00-[0-9a-f]{32}-[0-9a-f]{16}-01$")

BODIES: list[tuple[str, object]] = [
    ("/v1/ner", {"text": [CANARY]}),
    ("/v1/ner", {"text": {"a": CANARY}}),
    ("/v1/ner", CANARY),
    ("/v1/ner", [CANARY]),
    ("/v1/ner", []),
    ("/v1/ner", {"text": "a", "min_score": CANARY}),
    ("/v1/ner", {"text": "a", "model": f"../{CANARY}"}),
    ("/v1/ner", {"text": "a", "model": f"tickets@{CANARY}"}),
    ("/v1/ner", {"text": "a", f"{CANARY} {CANARY}": 1}),
    ("/v1/ner", [{"text": "a"}, {"text": 7, "model": CANARY}]),
    ("/v1/classification", {"text": "a", "top_k": CANARY}),
    ("/v1/classification", {"text": "a", "threshold": {"x": CANARY}}),
    ("/v1/analyze", {"text": "a", "models": CANARY}),
    ("/v1/analyze", {"text": "a", "models": {CANARY: {}}}),
    ("/v1/analyze", {"text": "a", "models": {"tickets": CANARY}}),
    ("/v1/analyze", {"text": "a", "models": {"tickets": {"min_score": CANARY}}}),
    ("/v1/analyze", {"text": "a", "models": {"tickets": {f"{CANARY}!": 1}}}),
    ("/v1/analyze", {"text": CANARY, "models": {"tickets": {"text": "b"}}}),
    ("/v1/analyze", {"text": [], "models": [CANARY]}),
    ("/v1/hidden-states", {"text": "a", "pooling": CANARY}),
    ("/v1/hidden-states", {"text": "a", "trunk": f"../../{CANARY}"}),
    ("/v1/hidden-states", {"text": "a", "layer": CANARY}),
    ("/v1/hidden-states", {"text": CANARY, "layer": 99}),
]


@pytest.mark.parametrize(("path", "body"), BODIES)
def test_a_problem_never_echoes_the_input(client: TestClient, path: str, body: object) -> None:
    reply = client.post(path, json=body)
    assert 400 <= reply.status_code < 500
    assert reply.headers["content-type"] == "application/problem+json"
    assert CANARY.lower() not in reply.text.lower()
    Problem.model_validate(reply.json())


@pytest.mark.parametrize("path", [f"/{CANARY}", f"/v1/models/{CANARY}/x", f"/v1/evaluations?limit={CANARY}"])
def test_nor_what_stands_in_the_address(client: TestClient, path: str) -> None:
    reply = client.get(path)
    assert 400 <= reply.status_code < 500
    assert CANARY not in reply.text
    assert reply.headers["content-type"] == "application/problem+json"


def test_a_validation_error_says_where_and_why(client: TestClient) -> None:
    problem = client.post("/v1/classification", json=[{"text": "a"}, {"text": "a", "top_k": 0}]).json()
    assert problem["errors"] == [
        {"loc": ["body", 1, "top_k"], "msg": "Input should be greater than or equal to 1", "type": "greater_than_equal"}
    ]


@pytest.mark.parametrize(
    ("path", "body", "headers", "errors"),
    [
        ("/v1/ner", {"text": "a"}, {"Trunkline-Priority": "urgent"}, [["header", "trunkline-priority"]]),
        ("/v1/ner", {"text": "a"}, {"Trunkline-Max-Tokens": "x"}, [["header", "trunkline-max-tokens"]]),
        ("/v1/analyze", {"text": "a", "models": {}}, {}, [["body", "models"]]),
        ("/v1/analyze", {"text": "a", "models": []}, {}, [["body", "models"]]),
        ("/v1/analyze", {"text": "a", "models": "tickets"}, {}, [["body", "models"]]),
        ("/v1/analyze", {"text": "a", "models": ["tickets", 3]}, {}, [["body", "models", 1]]),
        ("/v1/analyze", {"text": [], "models": ["tickets"]}, {}, [["body", "text"]]),
        ("/v1/hidden-states", {"text": ["a", 3]}, {}, [["body", "text", 1]]),
        ("/v1/ner", {"text": "a", "odd-name": 1}, {}, [["body", "?"]]),
    ],
)
def test_what_is_wrong_is_named_once(
    client: TestClient, path: str, body: object, headers: dict[str, str], errors: list[list[object]]
) -> None:
    """A header by its own name; of what may be one or many, only what was meant."""
    told = client.post(path, json=body, headers=headers).json()["errors"]
    assert [error["loc"] for error in told] == errors


def test_a_wrong_method_is_a_problem_too(client: TestClient) -> None:
    reply = client.get("/v1/ner")
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")
    assert reply.json()["status"] == 405


def test_every_response_has_a_trace_of_its_own(client: TestClient) -> None:
    headers = [client.get("/livez").headers["traceparent"] for _ in range(2)]
    assert all(TRACEPARENT.match(header) for header in headers)
    assert headers[0] != headers[1]


def test_a_valid_traceparent_is_honoured(client: TestClient) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    reply = client.post("/v1/ner", json={}, headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert reply.json()["trace_id"] == trace
    assert reply.headers["traceparent"].startswith(f"00-{trace}-")
    assert "b7ad6b7169203331" not in reply.headers["traceparent"]


@pytest.mark.parametrize(
    "given",
    [
        "",
        "x",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{'a' * 32}-{'0' * 16}-01",
        f"01-{'a' * 32}-b7ad6b7169203331-01",
        f"00-{'A' * 32}-b7ad6b7169203331-01",
        f"00-{'a' * 32}-b7ad6b7169203331-01-more",
    ],
)
def test_an_invalid_traceparent_is_replaced(client: TestClient, given: str) -> None:
    trace = client.get("/nowhere", headers={"traceparent": given}).json()["trace_id"]
    assert re.fullmatch("[0-9a-f]{32}", trace)
    assert trace not in ("0" * 32, "a" * 32)


def failing(error: Exception) -> TestClient:
    """An application whose only route raises `error`."""
    app = FastAPI()
    problems.install(app)

    @app.get("/")
    def fail() -> None:
        raise error

    app.add_middleware(TraceMiddleware)
    return TestClient(app, raise_server_exceptions=False)


def test_overload_says_when_to_come_back() -> None:
    reply = failing(Overloaded("the queue is full", retry_after=2.4)).get("/")
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "3")


def test_a_stopped_engine_says_so() -> None:
    reply = failing(EngineStopped("the engine has failed")).get("/")
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (Conflict("moved"), None),
        (Overloaded("the queue is full"), None),
        (EngineStopped("the server is stopping"), "INFO"),
        (EnvironmentFault("the disk is full"), "WARNING"),
        (TrunklineError("no"), "ERROR"),
    ],
)
def test_the_log_is_loud_only_where_something_broke(
    error: TrunklineError, level: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="trunkline")
    failing(error).get("/")
    assert [record.levelname for record in caplog.records if record.name.startswith("trunkline")] == (
        [level] if level else []
    )


def test_a_deadline_is_the_server_s_failure_only_where_it_set_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="trunkline")
    client = failing(DeadlineExceeded("0.01 s were not enough"))
    for headers, level in (({}, "ERROR"), ({"Trunkline-Deadline": "0.01"}, "INFO")):
        caplog.clear()
        assert client.get("/", headers=headers).status_code == 504
        assert [record.levelname for record in caplog.records if record.name.startswith("trunkline")] == [level]


@pytest.mark.parametrize("error", [CorruptArtifact, EnvironmentFault])
def test_where_the_server_keeps_its_files_is_in_its_log_alone(
    error: type[TrunklineError], caplog: pytest.LogCaptureFixture
) -> None:
    reply = failing(error("the bytes in /srv/models/blobs/ab differ")).get("/")
    assert reply.status_code == error.status
    assert "/srv" not in reply.text
    assert "/srv/models/blobs/ab" in caplog.text
    assert reply.json()["trace_id"] in caplog.text


@pytest.mark.parametrize("error", [Conflict("moved"), TrunklineError("no")])
def test_status_and_title_are_the_errors_own(error: TrunklineError) -> None:
    reply = failing(error).get("/")
    assert (reply.status_code, reply.json()["title"]) == (error.status, error.title)


def test_a_bug_tells_nothing_but_the_trace() -> None:
    reply = failing(ZeroDivisionError(CANARY)).get("/")
    assert reply.status_code == 500
    assert CANARY not in reply.text
    assert reply.json()["trace_id"] in reply.headers["traceparent"]


def test_so_does_a_value_that_does_not_validate_inside() -> None:
    try:
        TypeAdapter(int).validate_python(CANARY)
    except ValueError as error:
        reply = failing(error).get("/")
    assert reply.status_code == 500
    assert CANARY not in reply.text
