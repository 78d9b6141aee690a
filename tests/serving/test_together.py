"""The rendezvous: one pass for all, and nobody waits for a member that does not come."""

from __future__ import annotations

import asyncio
import time

import pytest
from serving_world import assert_close

from tiny import bert_folder
from trunkline import EncoderInput, InvalidInput, NotFound
from trunkline.errors import Overloaded
from trunkline.serving import together

MODELS = [("label", "intents"), ("tag", "entities"), ("label", "mood"), ("tag", "mixed")]


async def ask(member, task, model, texts):
    with member:
        return await member.predict(task, model, [EncoderInput(text) for text in texts])


def analyze(engine, asked, **options):
    """Ask (task, model, texts) each of its own member; failures are returned."""

    async def run():
        members = engine.together(len(asked), **options)
        return await asyncio.gather(
            *(ask(member, *one) for member, one in zip(members, asked, strict=True)), return_exceptions=True
        )

    return asyncio.run(run())


def test_one_pass_for_all_models_and_texts(mixed) -> None:
    """Even where the models have to be loaded first; and answers equal to single ones."""
    texts = ["cancel my order", "ada met babbage in london", "cancel my order"]
    with mixed.engine() as engine:
        answers = analyze(engine, [(task, model, texts) for task, model in MODELS])
        stats = engine.stats()
        assert (stats.stem_passes, stats.stem_rows) == (1, 2)
        for (task, model), answer in zip(MODELS, answers, strict=True):
            for text, found in zip(texts, answer.predictions, strict=True):
                assert_close(found, engine.predict_many(task, model, [EncoderInput(text)]).predictions[0])


def test_one_pass_for_each_trunk(mixed, tmp_path) -> None:
    other = mixed.add_trunk("other", bert_folder(tmp_path / "other", seed=5))
    mixed.add("label", "elsewhere", fork=2, trunk=other)
    with mixed.engine() as engine:
        asked = [("label", "elsewhere", ["a"]), ("label", "mood", ["a"]), ("tag", "entities", ["a"])]
        answers = analyze(engine, asked)
        assert [answer.model for answer in answers] == ["label/elsewhere@1", "label/mood@1", "tag/entities@1"]
        assert engine.stats().stem_passes == 2


def test_hidden_states_ride_along(mixed) -> None:
    async def run(engine):
        first, second = engine.together(2)

        async def states():
            with second:
                return await second.hidden_states(None, [EncoderInput("a")], [2])

        return await asyncio.gather(ask(first, "label", "mood", ["a"]), states())

    with mixed.engine() as engine:
        engine.preload()
        _, [[states]] = asyncio.run(run(engine))
        assert states.layer == 2
        assert engine.stats().stem_passes == 1


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (("label", "nobody", ["a"]), NotFound),
        (("label", "mood", ["\ud800"]), InvalidInput),
        (("tag", "mood", ["a"]), InvalidInput),
    ],
)
def test_a_member_that_cannot_be_answered_fails_alone(mixed, bad, error) -> None:
    with mixed.engine() as engine:
        good, failed, also_good = analyze(engine, [("label", "mood", ["a"]), bad, ("tag", "mixed", ["a"])])
        assert isinstance(failed, error)
        assert good.predictions
        assert also_good.predictions
        assert engine.stats().stem_passes == 1


def test_a_member_that_fails_before_it_asks_releases_the_others(mixed) -> None:
    async def run(engine):
        first, second = engine.together(2)

        async def fail():
            with second:
                await asyncio.sleep(0.05)
                raise ValueError("before asking")

        started = time.monotonic()
        results = await asyncio.gather(ask(first, "label", "mood", ["a"]), fail(), return_exceptions=True)
        return results, time.monotonic() - started

    with mixed.engine() as engine:
        engine.preload()
        (answer, failure), seconds = asyncio.run(run(engine))
    assert answer.predictions
    assert isinstance(failure, ValueError)
    assert seconds < 0.5


def test_a_member_that_never_asks_holds_the_others_for_a_while_only(mixed, monkeypatch) -> None:
    monkeypatch.setattr(together, "HOLD", 0.1)

    async def run(engine):
        first, second = engine.together(2)
        answer = await asyncio.wait_for(ask(first, "label", "mood", ["a"]), 2)
        late = await asyncio.wait_for(ask(second, "label", "mood", ["a"]), 2)
        return answer, late

    with mixed.engine() as engine:
        engine.preload()
        for answer in asyncio.run(run(engine)):
            assert answer.predictions


def test_a_member_that_is_cancelled_releases_the_others(mixed) -> None:
    async def run(engine):
        first, second, third = engine.together(3)
        waiting = asyncio.create_task(ask(second, "label", "intents", ["a"]))
        other = asyncio.create_task(ask(first, "label", "mood", ["a"]))
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.sleep(0.01)
        assert not other.done()
        third.leave()
        return await asyncio.wait_for(other, 0.5)

    with mixed.engine() as engine:
        engine.preload()
        assert asyncio.run(run(engine)).predictions
        assert "label/intents@1" not in engine.stats().versions


def test_members_may_ask_in_rounds(mixed) -> None:
    """A task that asks twice shares a pass with the others each time."""

    async def twice(member, task, model):
        with member:
            await member.predict(task, model, [EncoderInput("first")])
            return await member.predict(task, model, [EncoderInput("second")])

    async def run(engine):
        members = engine.together(3)
        return await asyncio.gather(
            twice(members[0], "label", "mood"),
            ask(members[1], "tag", "mixed", ["first"]),
            twice(members[2], *MODELS[1]),
        )

    with mixed.engine() as engine:
        engine.preload()
        asyncio.run(run(engine))
        assert engine.stats().stem_passes == 2


def test_a_group_is_shed_as_a_whole(mixed) -> None:
    """No half of a group is computed when there is no room for all of it; each member gets an error of its own."""
    with mixed.engine(queue_requests=6) as engine:
        engine.preload()
        [lane] = engine._deployment.lanes().values()
        lane.queue.reserve(4)  # as if four others were waiting
        errors = analyze(engine, [("label", "mood", ["a"])] * 3)
        assert all(isinstance(error, Overloaded) for error in errors)
        assert len({id(error) for error in errors}) == 3
        assert analyze(engine, [("label", "mood", ["a"])] * 2)[0].predictions
        lane.queue.release(4)
        assert analyze(engine, [("label", "mood", ["a"])] * 3)[0].predictions
    assert engine.stats().versions["label/mood@1"].answered == 5


def test_thousands_of_members_cost_no_more_each_than_a_few(mixed, monkeypatch) -> None:
    """Asking and leaving look at no other member."""
    looked = 0
    plain = together.Member.__hash__

    def counted(member) -> int:
        nonlocal looked
        looked += 1
        return plain(member)

    async def run(engine):
        members = engine.together(2000)
        monkeypatch.setattr(together.Member, "__hash__", counted)
        group = members[0]._group
        monkeypatch.setattr(group, "_send", lambda: group._asked.clear())
        for member in members[:1000]:
            group.ask(member, None, None)
        for member in members[1000:]:
            member.leave()
        group._timer.cancel()

    with mixed.engine() as engine:
        asyncio.run(run(engine))
    assert looked < 10_000
