"""Versions within a budget of memory: the longest unused goes, and comes back when it is asked for."""

from __future__ import annotations

import asyncio

import pytest
from serving_world import assert_close

from trunkline import EncoderInput
from trunkline.serving.budget import Budget

A, B, C = (("task", name, 1) for name in "abc")


def test_the_longest_unused_goes_first() -> None:
    budget = Budget(100)
    assert budget.loaded(A, 40) == []
    assert budget.loaded(B, 40) == []
    budget.used(A)
    assert budget.loaded(C, 40) == [B]
    budget.forget(A)
    assert budget.loaded(B, 50) == []


def test_what_is_larger_than_the_budget_is_held_alone_and_none_is_no_limit() -> None:
    budget = Budget(10)
    assert budget.loaded(A, 50) == []
    assert budget.loaded(B, 50) == [A]
    assert Budget(None).loaded(A, 10**12) == []


@pytest.fixture
def tight(mixed, monkeypatch: pytest.MonkeyPatch):
    """An engine whose budget holds one version of the mixed world and no more."""
    size = max(path.stat().st_size for path in mixed.workplace.glob("*.safetensors"))
    monkeypatch.setattr("trunkline.serving.deployment.Budget", lambda limit: Budget(size))
    return mixed.engine


def test_versions_that_take_turns_answer_as_ever(mixed, tight) -> None:
    text = [EncoderInput("where is my order")]
    models = [("label", "intents"), ("label", "mood"), ("tag", "entities")]
    with mixed.engine() as roomy:
        expected = {model: roomy.predict_many(*model, text).predictions[0] for model in models}
    with tight() as engine:
        for model in models * 3:
            assert_close(engine.predict_many(*model, text).predictions[0], expected[model])
            assert len(engine.loaded) == 1
    assert mixed.loads.count("label/mood@1") >= 3


def test_a_version_let_go_in_mid_request_still_answers_it(mixed, tight) -> None:
    async def ask(engine):
        asked = [
            engine.predict(task, name, [EncoderInput(f"order {number}")])
            for number in range(30)
            for task, name in (("label", "mood"), ("tag", "entities"), ("label", "intents"))
        ]
        return await asyncio.gather(*asked)

    with tight() as engine:
        assert len(asyncio.run(ask(engine))) == 90
