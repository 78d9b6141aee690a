"""States over HTTP: equal to transformers' own, in both encodings."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from tiny import bert_folder
from trunkline import Settings
from trunkline.api.app import create_app
from trunkline.api.hidden_states import HiddenStatesResponse
from trunkline.contract import Plugins
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry
from versions import add_trunk, home_with_models, register_random

TEXT = "ada lovelace met charles"


@pytest.fixture(scope="module")
def reference(tiny_trunk: Path) -> np.ndarray[Any, Any]:
    """What transformers computes for `TEXT`: (layers + 1, tokens, width), special tokens included."""
    import torch
    from transformers import AutoModel, PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast.from_pretrained(tiny_trunk)
    model = AutoModel.from_pretrained(tiny_trunk).eval()
    with torch.no_grad():
        states = model(**tokenizer(TEXT, return_tensors="pt"), output_hidden_states=True).hidden_states
    return torch.stack(states)[:, 0].numpy()


@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_every_layer_equals_transformers(client: TestClient, reference: np.ndarray[Any, Any], layer: int) -> None:
    for pooling, expected in (
        ("none", reference[layer, 1:-1]),
        ("first", reference[layer, 0]),
        ("mean", reference[layer].mean(0)),
    ):
        reply = client.post("/v1/hidden-states", json={"text": TEXT, "layer": layer, "pooling": pooling}).json()
        assert np.abs(np.array(reply["data"][0]["states"]) - expected).max() <= 1e-5
        assert reply["data"][0]["shape"] == list(expected.shape)


def test_the_last_layer_is_the_default(client: TestClient) -> None:
    assert client.post("/v1/hidden-states", json={"text": TEXT}).json()["layer"] == 3


def test_base64_is_the_same_numbers_in_little_endian(client: TestClient) -> None:
    body = {"text": TEXT, "pooling": "none"}
    plain = client.post("/v1/hidden-states", json=body).json()["data"][0]
    coded = client.post("/v1/hidden-states", json={**body, "encoding": "base64"}).json()["data"][0]
    numbers = np.frombuffer(base64.b64decode(coded["states"]), "<f4").reshape(coded["shape"])
    assert np.array_equal(numbers, np.array(plain["states"], dtype="f4"))


def test_offsets_come_without_pooling_alone(client: TestClient) -> None:
    body = {"text": TEXT, "pooling": "none"}
    [states] = client.post("/v1/hidden-states", json=body).json()["data"]
    assert [TEXT[start:end] for start, end in states["offsets"]] == TEXT.split()
    assert client.post("/v1/hidden-states", json={"text": TEXT}).json()["data"][0]["offsets"] is None


def test_a_list_keeps_its_order(client: TestClient) -> None:
    data = client.post("/v1/hidden-states", json={"text": ["karl", TEXT, ""]}).json()["data"]
    assert [one["index"] for one in data] == [0, 1, 2]
    alone = client.post("/v1/hidden-states", json={"text": TEXT}).json()["data"][0]["states"]
    assert np.abs(np.array(data[1]["states"]) - np.array(alone)).max() <= 1e-5


def test_an_empty_text_without_pooling_has_no_rows(client: TestClient) -> None:
    for encoding, empty in (("float", []), ("base64", "")):
        body = {"text": "", "pooling": "none", "encoding": encoding}
        [states] = client.post("/v1/hidden-states", json=body).json()["data"]
        assert (states["shape"], states["states"], states["offsets"]) == ([0, 32], empty, [])


def test_a_trunk_by_name_and_by_the_start_of_its_id(client: TestClient) -> None:
    full = client.post("/v1/hidden-states", json={"text": "a", "trunk": "tiny"}).json()["trunk"]
    assert client.post("/v1/hidden-states", json={"text": "a", "trunk": full[:10]}).json()["trunk"] == full


@pytest.mark.parametrize(("fields", "status"), [({"layer": 4}, 422), ({"trunk": "tony"}, 404), ({"layer": -1}, 422)])
def test_what_is_not_there_is_refused(client: TestClient, fields: dict[str, Any], status: int) -> None:
    assert client.post("/v1/hidden-states", json={"text": "a", **fields}).status_code == status


def test_several_trunks_and_none_named_lists_them(tiny_trunk: Path, tmp_path: Path, plugins: Plugins) -> None:
    settings = Settings(home=home_with_models(tmp_path / "home", tiny_trunk, plugins), threads=1)
    with Registry.open(settings) as registry:
        other = add_trunk(registry, bert_folder(tmp_path / "other", layers=2, seed=1), "second")
        register_random(registry, plugins, other, "classification", "topics", 1, 1)
        with Engine(RegistryCatalog(registry), plugins, settings) as engine:
            client = TestClient(create_app(engine, plugins, registry, settings))
            problem = client.post("/v1/hidden-states", json={"text": "a"}).json()
            assert client.post("/v1/hidden-states", json={"text": "a", "trunk": "second"}).status_code == 200
    assert problem["status"] == 422
    assert problem["detail"].startswith('2 trunks are served: "trunk" must say')
    assert problem["errors"][0]["msg"] == "2 trunks are served"
    assert f"second ({other.id[:12]})" in problem["detail"]
    assert "tiny (" in problem["detail"]
    assert problem["errors"][0]["loc"] == ["body", "trunk"]


@pytest.fixture
def small(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine whose answers may hold 1,024 numbers: 32 rows of this trunk."""
    monkeypatch.setattr(engine, "settings", engine.settings.model_copy(update={"answer_numbers": 1024}))
    return engine


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"text": "ada " * 33, "pooling": "none"}, ["33 rows of 32", "1024 numbers", '"mean"', "base64", "less text"]),
        ({"text": ["ada " * 20] * 2, "pooling": "none"}, ["40 rows of 32"]),
        ({"text": ["ada"] * 33}, ["33 rows of 32", "base64"]),
        ({"text": "ada " * 129, "pooling": "none", "encoding": "base64"}, ["129 rows of 32", "4096 numbers", '"mean"']),
    ],
)
def test_an_answer_beyond_the_limit_is_refused_before_the_pass(
    client: TestClient, small: Engine, body: dict[str, Any], told: list[str]
) -> None:
    before = small.stats().stem_passes
    reply = client.post("/v1/hidden-states", json=body)
    assert reply.status_code == 413
    assert [part for part in told if part not in reply.json()["detail"]] == []
    assert small.stats().stem_passes == before


def test_what_the_refusal_advises_helps(client: TestClient, small: Engine) -> None:
    body = {"text": "ada " * 33, "pooling": "none"}
    for fields in ({"encoding": "base64"}, {"pooling": "mean"}, {"text": "ada " * 32}):
        assert client.post("/v1/hidden-states", json={**body, **fields}).status_code == 200, fields


def test_the_answer_is_as_documented(client: TestClient) -> None:
    for fields in ({"pooling": "none"}, {"pooling": "mean"}, {"pooling": "none", "encoding": "base64"}):
        reply = client.post("/v1/hidden-states", json={"text": [TEXT, ""], **fields})
        HiddenStatesResponse.model_validate(reply.json(), strict=False)
