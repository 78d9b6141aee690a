"""Paths, URIs and random requests: nothing outside is opened, nothing fails with a 5xx."""

from __future__ import annotations

import builtins
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import hypothesis
import pytest
import schemathesis
from fastapi.testclient import TestClient

from trunkline import Settings
from trunkline.api.app import create_app
from trunkline.contract import Plugins
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry

TARGETS = ("etc/passwd", "windows/win.ini", "proc/self/environ", "registry.db")
PAYLOADS = [
    form.format(target)
    for target in TARGETS
    for form in (
        "/{}",
        "../{}",
        "../../../../{}",
        "..\\..\\{}",
        "....//....//{}",
        "%2e%2e%2f{}",
        "..%252f{}",
        "file:///{}",
        "http://127.0.0.1:1/{}",
        "s3://bucket/{}",
        "sqlite:///{}",
        "ner/../../{}",
        "tickets@../{}",
        "~/{}",
        "${{HOME}}/{}",
        "{}%00.json",
        "\\\\host\\share\\{}",
        "data:text/plain,{}",
        "{}\n",
        "./{}",
    )
]
CHECKS = ("not_a_server_error", "content_type_conformance", "response_schema_conformance", "status_code_conformance")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every path that Python opens meanwhile."""
    paths: list[str] = []
    for module, name in ((builtins, "open"), (os, "open")):
        original = getattr(module, name)

        def watched(path, *rest, _original=original, **options):  # type: ignore[no-untyped-def]
            paths.append(str(path))
            return _original(path, *rest, **options)

        monkeypatch.setattr(module, name, watched)
    return paths


def test_no_string_field_opens_a_path(client: TestClient, opened: list[str], served_home: Path) -> None:
    for payload in PAYLOADS:
        for path, body in (
            ("/v1/ner", {"text": "a", "model": payload}),
            ("/v1/analyze", {"text": "a", "models": [payload]}),
            ("/v1/hidden-states", {"text": "a", "trunk": payload}),
        ):
            reply = client.post(path, json=body)
            assert reply.status_code in (404, 422), (payload, reply.text)
            assert payload not in reply.json()["detail"]
        for address in (
            f"/v1/models/ner/{quote(payload, safe='')}",
            f"/v1/evaluations?model={quote(payload, safe='')}",
        ):
            assert client.get(address).status_code in (404, 422), payload
    outside = [path for path in opened if any(target in path for target in TARGETS)]
    assert [path for path in outside if not path.startswith(str(served_home))] == []


def test_a_path_as_text_is_only_text(client: TestClient) -> None:
    for payload in PAYLOADS[:10]:
        assert client.post("/v1/classification", json={"text": payload}).status_code == 200


def is_deadline(value: str | None) -> bool:
    try:
        return 0 < float(value or "") < 30
    except ValueError:
        return False


@pytest.mark.filterwarnings("default")  # of schemathesis and its plugins: not ours to mend
def test_random_requests_never_meet_a_5xx(
    engine: Engine, plugins: Plugins, registry: Registry, settings: Settings
) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", create_app(engine, plugins, registry, settings))
    checks = [schemathesis.checks.CHECKS.get_one(name) for name in CHECKS]
    for result in schema.get_all_operations():
        operation = result.ok()

        @hypothesis.settings(
            max_examples=20, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck)
        )
        @hypothesis.given(case=operation.as_strategy())
        @hypothesis.seed(0)
        def answers(case: schemathesis.Case) -> None:
            if case.headers and is_deadline(case.headers.get("trunkline-deadline")):
                case.headers["trunkline-deadline"] = "30"  # a short one is there to be missed, with a 504
            case.call_and_validate(checks=checks)

        answers()
