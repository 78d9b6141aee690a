from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from store_samples import TRUNK_ID, artifacts, draft, evaluation

from trunkline.errors import Conflict, InvalidInput, NotFound
from trunkline.records import BranchSpec, Version
from trunkline.store.registry import Registry


def test_a_version_comes_back_as_it_was_drafted(registry: Registry) -> None:
    settings = {"seed": 7, "nested": {"a": [1.5, None, True, "ü\0\ud800"]}, "tiny": 1e-300}
    wanted = draft(settings=settings, head_config={"labels": ["b", "a"]}, dataset_fingerprint=None, seconds=None)
    version = registry.register(wanted, artifacts(1))
    assert version.model_dump(include=set(type(wanted).model_fields)) == wanted.model_dump()
    assert set(version.artifacts) == {"branch", "data/train"}
    assert list(version.head_config["labels"]) == ["b", "a"]
    assert abs(version.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert registry.resolve("ner/tickets@1") == version


def test_numbers_count_each_model_and_are_never_used_twice(registry: Registry) -> None:
    numbers = [registry.register(draft(name=name), {}).number for name in ("a", "a", "b")]
    assert numbers == [1, 2, 1]
    registry.delete_version("a@2")
    assert registry.register(draft(name="a"), {}).number == 3
    registry.delete_version("b@1")
    assert registry.register(draft(name="b"), {}).number == 2


def test_names_are_unique_across_tasks(registry: Registry) -> None:
    registry.register(draft(), {})
    with pytest.raises(Conflict, match=r"ner/tickets has that name.*unique across tasks.*choose another"):
        registry.register(draft(task="classification"), {})
    assert len(registry.versions()) == 1


def test_an_unknown_trunk_is_not_found(registry: Registry) -> None:
    with pytest.raises(NotFound, match="add the trunk before"):
        registry.register(draft(trunk_id="0" * 64), {})


def test_a_branch_that_its_trunk_has_not_is_refused(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match="6 layers"):
        registry.register(draft(branch=BranchSpec(fork_layer=5, branch_layers=2)), {})


def test_listing_is_newest_first_and_filters(registry: Registry) -> None:
    for task, name in (("ner", "a"), ("classification", "b"), ("ner", "a"), ("ner", "c")):
        registry.register(draft(task=task, name=name), {})
    registry.delete_version("c")

    def references(versions: list[Version]) -> list[str]:
        return [version.reference for version in versions]

    assert references(registry.versions()) == ["ner/a@2", "classification/b@1", "ner/a@1"]
    assert references(registry.versions(task="ner")) == ["ner/a@2", "ner/a@1"]
    assert references(registry.versions(name="b")) == ["classification/b@1"]
    assert registry.versions(task="ner", name="b") == []


def test_a_deleted_version_leaves_a_tombstone(registry: Registry) -> None:
    version = registry.register(draft(), artifacts(1), [evaluation()])
    registry.register(draft(), {})
    registry.delete_version("tickets@1")
    for act in (registry.resolve, registry.evaluations, registry.delete_version):
        with pytest.raises(NotFound, match=r"ner/tickets@1 was deleted on \d{4}-\d\d-\d\d; it has 2"):
            act("tickets@1")
    actions = [event.action for event in registry.events(subject=version.reference)]
    assert actions == ["version.registered", "evaluation.recorded", "version.deleted"]


def test_a_version_that_an_alias_points_at_stays(registry: Registry) -> None:
    registry.register(draft(), {})
    registry.set_alias("tickets", "production")
    for reference in ("tickets@1", "tickets@production"):
        with pytest.raises(Conflict, match="still production: move or remove"):
            registry.delete_version(reference)
    registry.remove_alias("tickets", "production")
    registry.delete_version("tickets@1")
    assert registry.versions() == []


def test_what_registering_returns_names_its_trunk(registry: Registry) -> None:
    registered = registry.register(draft(), {})
    assert registry.trunk(registered.trunk_id).id == TRUNK_ID
    assert [event.details["trunk"] for event in registry.events(subject="ner/tickets@1")] == [TRUNK_ID]
