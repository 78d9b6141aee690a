"""Updates in the background: what is wished while one runs is done after it, and failures are told."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from trunkline import InvalidInput
from trunkline_qa.knowledge import background
from trunkline_qa.knowledge.background import Updates
from trunkline_qa.knowledge.bases import KnowledgeBase, KnowledgeBases
from trunkline_qa.knowledge.documents import Document


def test_vectors_follow(support: KnowledgeBase, tuned: Any) -> None:
    updates = Updates(tuned)
    assert not updates.state(support).running
    updates.wake(support)
    assert updates.wait(support, 20)
    state = updates.state(support)
    assert (state.done, state.total, state.problem) == (6, 6, None)


def test_what_comes_meanwhile_is_not_forgotten(support: KnowledgeBase, tuned: Any) -> None:
    going, go = threading.Event(), threading.Event()

    class Slow(type(tuned)):  # type: ignore[misc]
        async def predict(self, task: str, model: Any, inputs: Any) -> Any:
            going.set()
            assert go.wait(20)
            return await super().predict(task, model, inputs)

    updates = Updates(Slow(tuned.engine))
    updates.wake(support)
    assert going.wait(20)
    support.store.put([Document(id="late", text="Late.")])
    updates.wake(support)
    go.set()
    assert updates.wait(support, 20)
    loaded = support.vectors.loaded()
    assert loaded is not None
    assert sorted(loaded.numbers.tolist()) == support.store.numbers()


def test_another_process_is_waited_for(support: KnowledgeBase, tuned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "RETRY_SECONDS", 0.01)
    updates = Updates(tuned)
    with support.folder.locked():
        updates.wake(support)
        assert not updates.wait(support, 0.1)
    assert updates.wait(support, 20)
    assert updates.state(support).done == 6


def test_a_failure_is_told_and_gone_with_the_next_run(support: KnowledgeBase, tuned: Any) -> None:
    updates = Updates(tuned)
    support.prefer({"model": "words@9"})
    updates.wake(support)
    assert updates.wait(support, 20)
    assert "words" in (updates.state(support).problem or "")
    support.prefer({"model": "words"})
    updates.wake(support)
    assert updates.wait(support, 20)
    assert updates.state(support).problem is None


def test_a_bug_is_told_and_ends_nothing(support: KnowledgeBase, tuned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    updates = Updates(tuned)
    monkeypatch.setattr(background, "update", broken)
    updates.wake(support)
    assert updates.wait(support, 20)
    assert "log says why" in (updates.state(support).problem or "")


def test_a_base_that_goes_ends_its_run(support: KnowledgeBase, bases: KnowledgeBases, tuned: Any) -> None:
    bases.delete("support")
    updates = Updates(tuned)
    updates.wake(support)
    assert updates.wait(support, 20)
    assert "deleted" in (updates.state(support).problem or "")


def test_no_trunk_to_choose_from_is_told(bases: KnowledgeBases, tuned: Any) -> None:
    class Many(type(tuned)):  # type: ignore[misc]
        def trunk_info(self, name: str | None) -> Any:
            raise InvalidInput("name the trunk to read; served: a, b")

    from trunkline_qa.knowledge.preferences import Preferences

    base = bases.create("many", Preferences())
    base.store.put([Document(id="a", text="b")])
    updates = Updates(Many(tuned.engine))
    updates.wake(base)
    assert updates.wait(base, 20)
    assert "name the trunk" in (updates.state(base).problem or "")
