"""One version in Python: with the real registry and a real trunk, against the engine and transformers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from serving_world import assert_close, plugins

from trunkline import EncoderInput, InvalidInput, NotFound, Settings, Version
from trunkline.records import BranchSpec, VersionDraft
from trunkline.serving import model as module
from trunkline.serving.answers import answers
from trunkline.serving.catalog import CandidateCatalog
from trunkline.serving.engine import Engine


@pytest.fixture
def registered(tiny_trunk, home, tmp_path, monkeypatch):
    """A registry with one version of random weights, in production, and its weights' file."""
    import torch

    from trunkline.store.open import registry
    from trunkline.trunk.branch import BranchModule
    from trunkline.trunk.encoder import Encoder
    from trunkline.trunk.folder import import_trunk

    monkeypatch.setattr(module, "load_plugins", lambda block: plugins())
    store = registry()
    info = import_trunk(tiny_trunk, tmp_path / "imported", "tiny")
    store.add_trunk(info, tmp_path / "imported")
    spec = BranchSpec(fork_layer=1, branch_layers=2)
    torch.manual_seed(0)
    head = plugins().head_task("tag").build_head({}, 32)
    weights = tmp_path / "branch.safetensors"
    BranchModule(Encoder.load(tiny_trunk), spec, head).save(weights)
    draft = VersionDraft(task="tag", name="people", trunk_id=info.id, tuning="layers", branch=spec, head_config={})
    store.register(draft, {"branch": weights})
    store.set_alias("people", "production")
    yield store, draft, info, weights
    store.close()


def test_a_loaded_version_predicts(registered) -> None:
    """A text gives a response, a list gives a list; mappings, requests and fields do as well."""
    from serving_world import ToyRequest

    with module.load("tag/people@production") as model:
        assert model.version.reference == "tag/people@1"
        assert repr(model) == "Model(tag/people@1)"
        one = model.predict("ada met babbage")
        assert one.model == "tag/people@1"
        many = model.predict(["ada met babbage", {"text": "late"}, ToyRequest(text="late", pair="refund")])
        assert_close(many[0].prediction, one.prediction)
        assert_close(model.predict("late", pair="refund").prediction, many[2].prediction)
        assert model.predict([]) == []
        with pytest.raises(InvalidInput, match="request 1: a NoneType is no request of task tag: give a text"):
            model.predict(["ada met babbage", None])  # type: ignore[list-item]
        with pytest.raises(InvalidInput, match="text: Input should be a valid string"):
            model.predict({"text": 5})
        with pytest.raises(InvalidInput, match="colour: Extra inputs"):
            model.predict("a", colour="red")


def test_it_works_inside_a_running_loop(registered) -> None:
    """As in a notebook's cell."""

    async def cell():
        with module.load("people") as model:
            return model.predict("ada")

    assert asyncio.run(cell()).model == "tag/people@1"


def test_a_version_that_is_not_there(registered) -> None:
    with pytest.raises(NotFound, match="did you mean people"):
        module.load("peeple")


def test_a_candidate_answers_as_the_registered_version(registered, tmp_path) -> None:
    """What is measured before it is registered is what is served after."""
    store, draft, info, weights = registered
    candidate = Version(**draft.model_dump(), number=0, created_at=datetime.now(UTC))
    catalog = CandidateCatalog(candidate, info, store.trunk_folder(info.id), weights)
    requests = [plugins().head_task("tag").request_model(text=text) for text in ("ada", "", "late refund " * 60)]
    with Engine(catalog, plugins(), Settings(), follow=False) as engine, module.load("people") as model:
        found = answers(engine, plugins().head_task("tag"), None, requests)
        assert {response.model for response in found} == {"tag/people@0"}
        for response, served in zip(found, model.predict(requests), strict=True):
            assert_close(response.prediction, served.prediction)
        assert engine.predict_many("tag", "people@0", [EncoderInput("a")]).predictions
