from __future__ import annotations

import pytest
from store_samples import draft

from trunkline.errors import Conflict, InvalidInput, NotFound
from trunkline.store.registry import Registry


@pytest.fixture
def two(registry: Registry) -> Registry:
    registry.register(draft(), {})
    registry.register(draft(), {})
    return registry


def test_an_alias_moves_and_the_version_tells(two: Registry) -> None:
    assert two.set_alias("tickets@1", "production").aliases == ("production",)
    assert two.set_alias("tickets@1", "a-first").aliases == ("a-first", "production")
    moved = two.set_alias("tickets@2", "production")
    assert (moved.number, moved.aliases) == (2, ("production",))
    assert two.aliases() == {("ner", "tickets", "a-first"): 1, ("ner", "tickets", "production"): 2}
    assert two.set_alias("tickets@production", "canary").aliases == ("canary", "production")


def test_it_moves_only_from_where_it_is_expected(two: Registry) -> None:
    two.set_alias("tickets@1", "production", expected=None)
    before = two.revision()
    for expected, said in ((None, "absent"), (2, "at version 2"), (10**30, "at version")):
        with pytest.raises(Conflict, match=f"production is at version 1, not {said}"):
            two.set_alias("tickets@2", "production", expected=expected)
    with pytest.raises(Conflict, match="staging is absent, not at version 1"):
        two.set_alias("tickets@2", "staging", expected=1)
    assert two.revision() == before
    assert two.set_alias("tickets@2", "production", expected=1).number == 2


def test_moving_to_where_it_is_changes_nothing(two: Registry) -> None:
    two.set_alias("tickets@1", "production")
    before = two.revision()
    assert two.set_alias("tickets@1", "production", expected=1).aliases == ("production",)
    assert two.revision() == before


def test_removal(two: Registry) -> None:
    two.set_alias("tickets@1", "production")
    with pytest.raises(NotFound, match="did you mean production"):
        two.remove_alias("tickets", "prodution")
    two.remove_alias("ner/tickets", "production")
    assert two.aliases() == {}
    with pytest.raises(NotFound):
        two.resolve("tickets@production")


def test_the_history_tells_each_move(two: Registry) -> None:
    two.set_alias("tickets@1", "production")
    two.set_alias("tickets@2", "production")
    two.remove_alias("tickets", "production")
    history = [(event.action, event.details) for event in two.events(subject="ner/tickets@production")]
    assert history == [
        ("alias.moved", {"before": None, "after": 1}),
        ("alias.moved", {"before": 1, "after": 2}),
        ("alias.removed", {"before": 2}),
    ]


def test_an_alias_of_digits_or_of_nothing_known_is_refused(two: Registry) -> None:
    with pytest.raises(InvalidInput, match="version number"):
        two.set_alias("tickets@1", "2")
    with pytest.raises(NotFound):
        two.set_alias("tickets@7", "production")
    assert two.aliases() == {}
