"""Which reference means which version, by memory alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trunkline import InvalidInput, NotFound, TrunkInfo, Version
from trunkline.names import Reference
from trunkline.records import BranchSpec
from trunkline.serving.table import Table


def version(reference: str, *aliases: str) -> Version:
    parsed = Reference.parse(reference)
    return Version(
        task=parsed.task,
        name=parsed.name,
        number=parsed.number,
        trunk_id="t1",
        tuning="head",
        branch=BranchSpec(fork_layer=1, branch_layers=0),
        head_config={},
        created_at=datetime.now(UTC),
        aliases=aliases,
    )


def trunk(trunk_id: str, name: str) -> TrunkInfo:
    return TrunkInfo(
        id=trunk_id, name=name, family="bert", n_layers=1, width=1, max_length=8, config={}, layer_hashes=()
    )


TABLE = Table.of(
    [
        version("ner/tickets@1"),
        version("ner/tickets@2", "production"),
        version("ner/tickets@10", "staging"),
        version("ner/people@1"),
        version("classification/intents@3"),
        version("classification/mood@1"),
    ],
    [trunk("t1", "minilm"), trunk("t2", "bert"), trunk("abc1", "twice"), trunk("abd2", "twice")],
)


@pytest.mark.parametrize(
    ("reference", "task", "number"),
    [
        ("tickets", None, 10),
        ("tickets", "ner", 10),
        ("ner/tickets@production", None, 2),
        ("tickets@production", "ner", 2),
        ("tickets@1", "ner", 1),
    ],
)
def test_references(reference, task, number) -> None:
    assert TABLE.resolve(Reference.parse(reference), task) == ("ner", "tickets", number)


@pytest.mark.parametrize(
    ("reference", "task", "error", "said"),
    [
        ("ticket", "ner", NotFound, "did you mean tickets"),
        ("tickets@prod", "ner", NotFound, "did you mean production"),
        ("tickets@3", "ner", NotFound, "version of ner/tickets named '3'"),
        ("ner/tickets", "classification", InvalidInput, "a model of task 'ner', not of 'classification'"),
        ("tickets", "classification", InvalidInput, "a model of task 'ner', not of 'classification'"),
        ("tickets@", "ner", InvalidInput, "ends in @"),
        ("../tickets", "ner", InvalidInput, "is not a"),
    ],
)
def test_references_that_mean_nothing(reference, task, error, said) -> None:
    with pytest.raises(error, match=said):
        TABLE.resolve(Reference.parse(reference), task)


def test_the_model_that_need_not_be_named() -> None:
    """The only one in production, else the only one; else all are named."""
    assert TABLE.default("ner") == ("ner", "tickets", 2)
    with pytest.raises(InvalidInput, match="name one of intents, mood"):
        TABLE.default("classification")
    assert TABLE.only(["mood"]).default("classification") == ("classification", "mood", 1)
    with pytest.raises(NotFound, match="no model of task 'qa'"):
        TABLE.default("qa")


def test_trunks() -> None:
    assert TABLE.trunk("minilm") == "t1"
    assert TABLE.trunk("abc") == "abc1"
    with pytest.raises(InvalidInput, match="abc1, abd2"):
        TABLE.trunk("twice")
    for name in ("minim", ""):
        with pytest.raises(NotFound):
            TABLE.trunk(name)


def test_narrowing_drops_what_is_not_used() -> None:
    narrow = TABLE.only(["tickets@production", "mood"])
    assert set(narrow.versions) == {("ner", "tickets", 2), ("classification", "mood", 1)}
    assert set(narrow.trunks) == {"t1"}
    assert narrow.resolve(Reference("tickets")) == ("ner", "tickets", 2)
