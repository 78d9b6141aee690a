"""What JSON allows loosely is refused with a problem, never answered with a 500."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

from trunkline.api.strict_json import MAX_DEPTH, MalformedBody, parse


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


REFUSED = {
    "empty": b"",
    "not json": b"{text: 1}",
    "cut short": b'{"text": "a',
    "two values": b'{"text": "a"} {}',
    "NaN": b'{"text": NaN}',
    "Infinity": b'{"text": "a", "min_score": Infinity}',
    "minus infinity": b'{"text": "a", "min_score": -Infinity}',
    "a number beyond doubles": b'{"text": "a", "min_score": 1e999}',
    "an integer of 5,000 digits": b'{"text": "a", "min_score": ' + b"9" * 5000 + b"}",
    "half a surrogate pair": b'{"text": "\\ud800"}',
    "the other half": b'{"text": "a\\udfffb"}',
    "a surrogate in a key": b'{"\\ud800": 1}',
    "NUL": b'{"text": "a\\u0000b"}',
    "NUL in a key": b'{"a\\u0000": 1}',
    "a raw control character": b'{"text": "a\x00b"}',
    "duplicate keys": b'{"text": "a", "text": "b"}',
    "duplicate keys inside": b'{"text": "a", "x": {"y": 1, "y": 1}}',
    "Latin-1": '{"text": "é"}'.encode("latin-1"),
    "UTF-16": '{"text": "a"}'.encode("utf-16"),
    "UTF-8 with a BOM": '\ufeff{"text": "a"}'.encode(),
    "an overlong encoding": b'{"text": "\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"text": "\xed\xa0\x80"}',
    "33 deep": nested(MAX_DEPTH + 1).encode(),
    "5,000 deep": nested(5000).encode(),
    "100,000 deep and open": b"[" * 100_000,
    "deep objects": b'{"a":' * 50 + b"1" + b"}" * 50,
}


@pytest.mark.parametrize("path", ["/v1/ner", "/v1/analyze", "/v1/hidden-states"])
@pytest.mark.parametrize("kind", REFUSED)
def test_loose_bodies_are_refused(client: TestClient, path: str, kind: str) -> None:
    reply = client.post(path, content=REFUSED[kind], headers={"content-type": "application/json"})
    assert reply.status_code == 400
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["title"] == "The body is not strict JSON"


@pytest.mark.parametrize(
    "text",
    [
        "a pair: 😀",
        "\u200d\u202e",
        "é",
        "e\u0301",
        "tab\tnewline\r\n",
        "\\u0000 written out",
        "\x7f\ufeff",
        "a" * 10_000,
    ],
)
def test_all_other_text_is_let_through(client: TestClient, text: str) -> None:
    for ascii_only in (True, False):
        body = json.dumps({"text": text}, ensure_ascii=ascii_only).encode()
        reply = client.post("/v1/ner", content=body, headers={"content-type": "application/json"})
        assert reply.status_code == 200, reply.text


@pytest.mark.parametrize("value", [[], {}, "a", 1, -1.5e300, None, True, {"a": [{"b": ["c"]}]}, 2**62])
def test_strict_json_reads_as_the_standard_library(value: object) -> None:
    assert parse(json.dumps(value).encode()) == value


def test_depth_is_allowed_up_to_the_limit() -> None:
    assert parse(nested(MAX_DEPTH).encode()) is not None
    with pytest.raises(MalformedBody, match="32"):
        parse(nested(MAX_DEPTH + 1).encode())


@pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain"}, {"content-type": "multipart/form-data"}])
def test_other_kinds_of_body_are_refused(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/v1/ner", content=b'{"text": "a"}', headers=headers).status_code == 415


def test_a_compressed_body_is_refused(client: TestClient) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert client.post("/v1/ner", content=b"\x1f\x8b", headers=headers).status_code == 415


def test_a_declared_length_over_the_limit_is_refused(client: TestClient) -> None:
    reply = client.post("/v1/ner", json={"text": "a" * 200_000})
    assert reply.status_code == 413
    assert "200000" in reply.json()["detail"]


def test_a_chunked_body_is_counted_while_it_arrives(client: TestClient) -> None:
    read = []

    def chunks():  # type: ignore[no-untyped-def]
        for _ in range(1000):
            read.append(1)
            yield b"a" * 10_000

    reply = client.post("/v1/ner", content=chunks(), headers={"content-type": "application/json"})
    assert reply.status_code == 413
