from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta

import pytest
from store_samples import draft, evaluation

from trunkline.store import events
from trunkline.store.registry import Registry


def test_every_act_is_told_once_in_order(registry: Registry) -> None:
    registry.register(draft(), {"branch": b"x"}, [evaluation()])
    registry.register(draft(name="other"), {})
    registry.set_alias("tickets@1", "production")
    registry.record_evaluation("tickets", evaluation())
    registry.remove_alias("tickets", "production")
    registry.delete_version("tickets@1")
    registry.finish_run(registry.start_run("ner", "tickets", {}), "failed")
    registry.collect_garbage()
    assert [event.action for event in registry.events()] == [
        "trunk.added", "version.registered", "evaluation.recorded", "version.registered", "alias.moved",
        "evaluation.recorded", "alias.removed", "version.deleted", "run.started", "run.failed", "garbage.collected",
    ]  # fmt: skip
    assert {event.actor for event in registry.events()} == {getpass.getuser()}
    assert all(abs(event.at - datetime.now(UTC)) < timedelta(minutes=1) for event in registry.events())


def test_reading_on_from_where_one_was(registry: Registry) -> None:
    at = registry.revision()
    assert registry.events(after=at) == []
    registry.register(draft(), {})
    assert [event.action for event in registry.events(after=at)] == ["version.registered"]
    assert registry.revision() == registry.events()[-1].id


def test_a_subject_is_one_thing_or_a_model_with_all_it_has(registry: Registry) -> None:
    for name in ("tickets", "tickets", "tickets-old", "t_ckets"):
        registry.register(draft(name=name), {})
    registry.set_alias("tickets@1", "production")

    def subjects(subject: str) -> list[str]:
        return [event.subject for event in registry.events(subject=subject)]

    assert subjects("ner/tickets") == ["ner/tickets@1", "ner/tickets@2", "ner/tickets@production"]
    assert subjects("ner/tickets@1") == ["ner/tickets@1"]
    assert subjects("ner/t_ckets") == ["ner/t_ckets@1"]
    assert subjects("ner/%") == []


def test_an_empty_registry_is_at_zero(empty_registry: Registry) -> None:
    assert empty_registry.revision() == 0
    assert empty_registry.events() == []


def test_a_user_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert events.actor() == "unknown"
