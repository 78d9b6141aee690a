"""Which version a line means: what the registry says, or who was named."""

from __future__ import annotations

import pytest
from estimate_shapes import TRUNK, version

from trunkline import InvalidInput, NotFound
from trunkline.estimate.meaning import Meanings
from trunkline.serving.table import Table


@pytest.fixture
def table() -> Table:
    found = [
        version("ner", "tickets", 1, "production"),
        version("ner", "tickets", 2),
        version("classification", "intents", 1),
        version("classification", "tone", 1),
    ]
    return Table.of(found, [TRUNK])


def test_without_names_the_registry_says(table: Table) -> None:
    meanings = Meanings(table)
    asked = [("ner", None), (None, "tickets"), ("ner", "tickets@1"), (None, "classification/tone")]
    found = [meanings.number(*one) for one in asked]
    models = [shape.model for shape in meanings.shapes]
    assert [models[number] for number in found] == [
        "ner/tickets@1", "ner/tickets@2", "ner/tickets@1", "classification/tone@1",
    ]  # fmt: skip
    with pytest.raises(InvalidInput, match="name one of intents, tone"):
        meanings.number("classification", None)
    with pytest.raises(NotFound, match="did you mean tickets"):
        meanings.number(None, "ticket")


def test_named_versions_stand_for_their_tasks_and_models(table: Table) -> None:
    meanings = Meanings(table, ["tickets@2", "intents"])
    asked = [("ner", None), (None, "tickets@production"), ("classification", None), ("classification", "intents@1")]
    models = {number: shape.model for number, shape in enumerate(meanings.all_met())}
    assert [models[meanings.number(*one)] for one in asked] == [
        "ner/tickets@2", "ner/tickets@2", "classification/intents@1", "classification/intents@1",
    ]  # fmt: skip
    with pytest.raises(NotFound, match="none of the versions named is of model 'tone'"):
        meanings.number(None, "tone")
    both = Meanings(table, ["tone", "intents"])
    with pytest.raises(InvalidInput, match="means several of the versions named"):
        both.number("classification", None)


@pytest.mark.parametrize("named", [[], ["tickets"]])
def test_a_task_that_is_none_offers_its_neighbours(table: Table, named: list[str]) -> None:
    with pytest.raises(NotFound, match="'clasification'; did you mean classification"):
        Meanings(table, named).number("clasification", None)


def test_an_empty_registry_is_told() -> None:
    with pytest.raises(NotFound, match="no version is registered"):
        Meanings(Table.of([], []))
