"""The headers of a request's terms: typed, checked, and obeyed."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from trunkline import InvalidInput, Settings
from trunkline.api.request_terms import TermsHeaders, terms_of

TEXT = "Ada Lovelace met Charles Babbage in London"


@pytest.mark.parametrize("path", ["/v1/classification", "/v1/ner", "/v1/analyze", "/v1/hidden-states"])
def test_every_route_of_texts_names_them(client: TestClient, path: str) -> None:
    parameters = client.get("/openapi.json").json()["paths"][path]["post"]["parameters"]
    named = {one["name"]: one for one in parameters if one["in"] == "header"}
    assert {"trunkline-priority", "trunkline-deadline", "trunkline-max-tokens"} <= named.keys()
    assert not any(one["required"] for one in named.values())


def test_no_more_tokens_are_read_than_asked_for(client: TestClient) -> None:
    body = {"text": [TEXT, "short"], "pooling": "none"}
    whole = client.post("/v1/hidden-states", json=body).json()["data"]
    cut = client.post("/v1/hidden-states", json=body, headers={"trunkline-max-tokens": "3"}).json()["data"]
    assert len(whole[0]["offsets"]) > 3
    assert [one["offsets"] for one in cut] == [one["offsets"][:3] for one in whole]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"trunkline-priority": "high", "trunkline-deadline": "5"}, 200),
        ({"trunkline-priority": "urgent"}, 422),
        ({"trunkline-deadline": "nan"}, 422),
        ({"trunkline-deadline": "-1"}, 422),
        ({"trunkline-deadline": "1e300"}, 422),
        ({"trunkline-deadline": "31"}, 422),
        ({"trunkline-deadline": "0.0000001"}, 504),
        ({"trunkline-max-tokens": "0"}, 422),
        ({"trunkline-max-tokens": "x"}, 422),
    ],
)
def test_terms_that_cannot_be_met_are_a_problem(client: TestClient, headers: dict[str, str], status: int) -> None:
    reply = client.post("/v1/classification", json={"text": TEXT}, headers=headers)
    assert reply.status_code == status, reply.text
    if status != 200:
        assert reply.headers["content-type"] == "application/problem+json"


def test_a_header_that_contradicts_itself_is_refused(client: TestClient) -> None:
    for name, values in (("priority", ("high", "low")), ("deadline", ("5", "6")), ("max-tokens", ("1", "2"))):
        header = f"trunkline-{name}"
        reply = client.post("/v1/ner", json={"text": TEXT}, headers=[(header, value) for value in values])
        assert (reply.status_code, reply.json()["errors"][0]["loc"]) == (422, ["header", header])
        assert f"{header}: given more than once" in reply.json()["detail"]
        same = client.post("/v1/ner", json={"text": TEXT}, headers=[(header, values[0])] * 2)
        assert same.status_code == 200


def test_the_server_s_own_limit_is_told() -> None:
    with pytest.raises(InvalidInput, match="31 s; this server allows 30 s at most"):
        terms_of(TermsHeaders(trunkline_deadline=31), Settings())
    assert terms_of(TermsHeaders(), Settings()).seconds == 30
