from __future__ import annotations

import pytest
from store_samples import draft

from trunkline.errors import InvalidInput, NotFound
from trunkline.names import Reference
from trunkline.store.registry import Registry


@pytest.fixture
def three(registry: Registry) -> Registry:
    for _ in range(3):
        registry.register(draft(), {})
    registry.register(draft(task="classification", name="intents"), {})
    registry.set_alias("tickets@1", "production")
    registry.set_alias("tickets@2", "staging")
    return registry


@pytest.mark.parametrize(
    ("reference", "number"),
    [("tickets", 3), ("ner/tickets", 3), ("tickets@2", 2), ("ner/tickets@production", 1), ("tickets@staging", 2),
     (Reference("tickets", number=1), 1)],
)  # fmt: skip
def test_a_reference_means_one_version(three: Registry, reference: str | Reference, number: int) -> None:
    assert three.resolve(reference).number == number
    assert three.resolve(reference, task="ner").number == number


def test_no_selector_means_the_newest_that_lives(three: Registry) -> None:
    three.delete_version("tickets@3")
    assert three.resolve("tickets").number == 2


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("tikets", "no model named 'tikets'; did you mean tickets"),
        ("ner/tikets", "no model named 'ner/tikets'; did you mean ner/tickets"),
        ("zzz", "known: intents, tickets"),
        ("tickets@prodution", "no alias of ner/tickets named 'prodution'; did you mean production"),
        ("intents@production", "no alias of classification/intents .*there is none yet"),
        ("tickets@9", "ner/tickets has no version 9; it has 3, 2, 1"),
        ("tickets@0", "no version 0"),
        (f"tickets@{'9' * 40}", "no version 9"),
        ("classification/tickets", "no classification model named 'tickets': that name is a ner model, ner/tickets"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is_near(three: Registry, reference: str, message: str) -> None:
    with pytest.raises(NotFound, match=message):
        three.resolve(reference)


def test_a_task_that_contradicts_the_reference_is_refused(three: Registry) -> None:
    with pytest.raises(InvalidInput, match=r"'ner/tickets' names a model of task 'ner'.*'classification' is wanted"):
        three.resolve("ner/tickets", task="classification")
    with pytest.raises(NotFound, match="no classification model"):
        three.resolve("tickets", task="classification")


def test_a_model_whose_versions_are_all_deleted(three: Registry) -> None:
    three.delete_version("intents@1")
    with pytest.raises(NotFound, match="every version of classification/intents was deleted"):
        three.resolve("intents")
    with pytest.raises(NotFound, match="it has none left"):
        three.resolve("intents@1")
    with pytest.raises(NotFound, match="known: tickets"):
        three.resolve("zzz")


def test_in_an_empty_registry(empty_registry: Registry) -> None:
    with pytest.raises(NotFound, match="there is none yet"):
        empty_registry.resolve("tickets")
