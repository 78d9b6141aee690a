"""Preferences: what can be set, and what a change leaves as it was."""

from __future__ import annotations

import pytest

from trunkline import CorruptArtifact, InvalidInput
from trunkline_qa.knowledge.preferences import Preferences, stored


def test_a_change_keeps_the_rest() -> None:
    before = Preferences(trunk="e5", query_prefix="query: ")
    after = before.changed({"faq_threshold": 0.5})
    assert after == before.model_copy(update={"faq_threshold": 0.5})


def test_to_name_a_model_drops_the_trunk_and_the_reverse() -> None:
    tuned = Preferences(trunk="e5").changed({"model": "desk"})
    assert (tuned.trunk, tuned.model) == (None, "desk")
    assert tuned.changed({"trunk": "minilm"}).model is None


@pytest.mark.parametrize(
    "given",
    [{"trunk": "a", "model": "b"}, {"faq_threshold": 2}, {"precision": "int8"}, {"query_prefix": "a" * 201}, {"x": 1}],
)
def test_what_cannot_be_is_told(given: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match=r"settings of a knowledge base: .*"):
        Preferences().changed(given)


def test_what_is_stored_is_read_again() -> None:
    preferences = Preferences(model="desk@3", precision="float16", vectors=False)
    assert stored(preferences.model_dump()) == preferences
    with pytest.raises(CorruptArtifact, match="set them again"):
        stored({"faq_threshold": "high"})
