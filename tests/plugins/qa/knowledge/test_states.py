"""States of passages beside a base: sized beforehand, within a quota, used after a restart, gone with passages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import trunkline
from trunkline import Conflict, NotFound, Settings, load_plugins
from trunkline.api.app import create_app
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry
from trunkline_qa.knowledge import states as kept
from trunkline_qa.knowledge.bases import KnowledgeBase, bases_in
from trunkline_qa.knowledge.documents import Document, FAQPair
from trunkline_qa.knowledge.preferences import Preferences
from trunkline_qa.knowledge.states import keep_states, states
from trunkline_qa.messages import QARequest
from trunkline_qa.task import QuestionAnsweringTask

ROWS = [
    {"question": "where ?", "context": f"my order is in {place} .", "answers": [{"text": place, "start": 15}]}
    for place in ("london", "paris", "tokyo", "berlin") * 3
]
DOCUMENTS = [
    Document(id="order", text="my order is in paris ."),
    Document(id="refund", text="the refund is in london and the order is late ."),
    Document(id="card", text="a new card is in tokyo , and the order is not ."),
    FAQPair(id="help", question="who can help ?", answer="ada can"),
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, tiny_trunk: Path) -> Settings:
    """A home with a version that reads apart, and one that reads pairs as one."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), threads=1)
    wish: dict[str, Any] = {"data": ROWS, "dev": ROWS[:4], "trunk": tiny_trunk, "epochs": 1, "settings": settings}
    trunkline.tune("qa", name="apart", joined_at=1, **wish)
    trunkline.tune("qa", name="plain", fork_layer=1, **wish)
    return settings


@contextmanager
def opened(settings: Settings) -> Iterator[Engine]:
    bases_in.cache_clear()
    registry = Registry.open(settings)
    with registry, Engine(RegistryCatalog(registry), load_plugins(), settings, follow=False) as engine:
        yield engine
    bases_in.cache_clear()


def base_of(engine: Engine, name: str, **preferences: Any) -> KnowledgeBase:
    base = bases_in(engine.data_folder("qa")).create(name, Preferences(vectors=False, **preferences))
    base.store.put(DOCUMENTS)
    return base


def ask(engine: Engine, name: str, model: str | None) -> Any:
    request = QARequest(question="where is the order ?", knowledge_base=name, model=model, threshold=0)
    return asyncio.run(QuestionAnsweringTask().run(request, engine))


def test_a_question_costs_the_trunk_the_question_alone_after_a_restart_too(settings: Settings) -> None:
    with opened(settings) as engine:
        base = base_of(engine, "kept", reader="apart")
        fresh = ask(engine, "kept", "apart")
        assert engine.stats().stem_rows == 4, "the question and three passages"
        before = asyncio.run(states(base, engine))
        assert (before.reader, before.layer, before.passages, before.missing) == ("qa/apart@1", 1, 0, 3)
        after = asyncio.run(keep_states(base, engine))
        assert (after.passages, after.missing, after.needed_bytes, after.problem) == (3, 0, 0, None)
        assert before.needed_bytes < after.bytes < before.needed_bytes + 2000
    with opened(settings) as engine:
        again = ask(engine, "kept", "apart")
        assert engine.stats().stem_rows == 1
        assert [(one.text, one.document) for one in again.answers] == [
            (one.text, one.document) for one in fresh.answers
        ]
        assert again.answers[0].score == pytest.approx(fresh.answers[0].score, abs=1e-5)
        ask(engine, "kept", "plain")  # another way of reading: nothing is kept for it


def test_what_is_gone_is_let_go_and_what_is_new_is_added(settings: Settings) -> None:
    with opened(settings) as engine:
        base = base_of(engine, "changing", reader="apart")
        whole = asyncio.run(keep_states(base, engine))
        base.store.delete(["order", "refund"])
        base.store.put([Document(id="new", text="the new order is in berlin .")])
        assert asyncio.run(states(base, engine)).missing == 1
        less = asyncio.run(keep_states(base, engine))
        assert (less.passages, less.missing) == (2, 0)
        assert less.bytes < whole.bytes


def test_no_more_is_kept_than_the_quota_allows(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MIB", 1)
    monkeypatch.setattr(kept, "PART", 1)
    with opened(settings) as engine:
        base = base_of(engine, "small", reader="apart", states_mib=4500)
        told = asyncio.run(keep_states(base, engine))
        assert 0 < told.passages < 3
        assert told.bytes <= 4500
        assert told.problem is not None
        assert "states_mib allows 4500" in told.problem
        assert ask(engine, "small", "apart").answers


def test_a_reader_that_reads_pairs_as_one_is_refused(settings: Settings) -> None:
    with opened(settings) as engine:
        base = base_of(engine, "refused", reader="plain")
        with pytest.raises(Conflict, match=r"qa/plain@1 reads question and passage as one.*--joined-at"):
            asyncio.run(keep_states(base, engine))
        base.prefer({"reader": None})
        assert asyncio.run(keep_states(base, engine)).reader is None
        assert not (base.place / "states").exists()


def test_states_of_a_former_reader_are_let_go(settings: Settings) -> None:
    with opened(settings) as engine:
        base = base_of(engine, "former", reader="apart")
        asyncio.run(keep_states(base, engine))
        (base.place / "states" / "another-engine-layer2").mkdir()
        asyncio.run(keep_states(base, engine))
        assert len(list((base.place / "states").iterdir())) == 1
        base.prefer({"reader": None})
        asyncio.run(keep_states(base, engine))
        assert not (base.place / "states").exists()


def test_a_base_that_is_deleted_meanwhile_leaves_nothing(settings: Settings) -> None:
    with opened(settings) as engine:
        base = base_of(engine, "going", reader="apart")
        bases_in(engine.data_folder("qa")).delete("going")
        with pytest.raises(NotFound):
            asyncio.run(keep_states(base, engine))
        assert not base.place.exists()


def test_over_http_they_are_kept_in_the_background(settings: Settings) -> None:
    with opened(settings) as engine, Registry.open(settings) as registry:
        client = TestClient(create_app(engine, load_plugins(), registry, settings))
        root = "/v1/qa/knowledge-bases/served"
        made = client.put(root, json={"vectors": False, "reader": "apart", "states_mib": 10})
        assert made.status_code == 200, made.text
        documents = [one.model_dump(exclude_none=True) for one in DOCUMENTS]
        assert client.put(f"{root}/documents", json={"documents": documents}).status_code == 200
        deadline = time.monotonic() + 30
        while client.get(root).json()["updating"]["running"] and time.monotonic() < deadline:
            time.sleep(0.02)
        told = client.get(f"{root}/states").json()
        assert (told["reader"], told["passages"], told["missing"]) == ("qa/apart@1", 3, 0)
        assert told["limit_bytes"] == 10 * 2**20
        assert client.put(root, json={"reader": "nobody"}).status_code == 404
        refused = client.put(root, json={"reader": "plain"})
        assert refused.status_code == 409
        assert "--joined-at" in refused.text
