"""Everything at once: groups, lists with equal texts, long texts, bad heads, clients that go. The books are right."""

from __future__ import annotations

import asyncio
import random

import pytest
from serving_world import assert_close, random_texts

from trunkline import EncoderInput
from trunkline.serving.terms import Terms

MODELS = {"intents": "label", "mood": "label", "entities": "tag", "mixed": "tag"}
LONG = " ".join(["my order is late in london"] * 60)  # several windows


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [*random_texts(30, seed=11, longest=20), LONG, f"{LONG} paris"]


async def client(engine, source: random.Random, texts, answered: list) -> int:
    """Ask one request of several models, about lists with repetitions; some go before they are answered."""
    names = source.sample(list(MODELS), source.randint(1, 4))
    asked = {
        name: [source.choice(texts) for _ in range(source.choice([1, 1, 2, 7, 20]))]
        if source.random() < 0.5 else texts[:source.randint(1, 6)]
        for name in names
    }  # fmt: skip
    terms = Terms.within(30, source.choice(["low", "normal", "high"]))

    async def ask(member, name):
        with member:
            return await member.predict(MODELS[name], name, [EncoderInput(text) for text in asked[name]])

    members = engine.together(len(names), terms)
    work = asyncio.gather(*(ask(member, name) for member, name in zip(members, names, strict=True)))
    count = sum(map(len, asked.values()))
    if source.random() < 0.2:
        await asyncio.sleep(source.random() * 0.02)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        return count
    for name, answer in zip(names, await work, strict=True):
        answered += zip([name] * len(asked[name]), asked[name], answer.predictions, strict=True)
    return count


@pytest.mark.parametrize("cache", [0, 64])
def test_a_mixture_is_answered_as_each_alone_and_nothing_is_left_behind(mixed, texts, cache: int) -> None:
    with mixed.engine(state_cache_mib=0) as engine:
        truth = {
            (name, text): engine.predict_many(task, name, [EncoderInput(text)]).predictions[0]
            for name, task in MODELS.items() for text in texts
        }  # fmt: skip
    source, answered = random.Random(cache), []

    async def crowd(engine) -> int:
        engine.preload()
        return sum(await asyncio.gather(*(client(engine, source, texts, answered) for _ in range(120))))

    with mixed.engine(state_cache_mib=cache) as engine:
        asked = asyncio.run(crowd(engine))
        assert engine.probe()
        stats = engine.stats()
    assert len(answered) > 300
    for name, text, found in answered:
        assert_close(found, truth[name, text])
    ends = [(one.answered, one.failed, one.cancelled) for label, one in stats.versions.items() if "@" in label]
    assert sum(failed for _, failed, _ in ends) == 0
    assert len(answered) <= sum(done for done, _, _ in ends) <= sum(map(sum, ends)) <= asked
    assert stats.queued_requests == {mixed.trunk_id: 0}
    assert stats.queued_tokens == {mixed.trunk_id: 0}
