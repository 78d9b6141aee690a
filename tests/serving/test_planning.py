"""What the engine does with urgency, with inputs that come again, and with a head that hangs."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from serving_world import assert_close, random_texts

from trunkline import EncoderInput
from trunkline.errors import DeadlineExceeded
from trunkline.serving.terms import Terms


def held(engine) -> threading.Event:
    """Hold the stem until the event is set."""
    gate = threading.Event()
    [lane] = engine._deployment.lanes().values()
    embed = lane.stem.embed
    lane.stem.embed = lambda batch: gate.wait(10) and embed(batch)
    return gate


async def waiting(engine, count: int) -> None:
    for _ in range(500):
        if sum(engine.stats().queued_requests.values()) >= count:
            return
        await asyncio.sleep(0.01)


async def in_line(engine, asked):
    """Queue asks one after the other behind a pass that is held; give their names in the order of their answers."""
    gate, came = held(engine), []
    first = asyncio.create_task(engine.predict("tag", "entities", [EncoderInput("first")]))
    await waiting(engine, 1)
    await asyncio.sleep(0.05)

    async def ask(name, terms):
        await engine.door(terms).predict("label", "mood", [EncoderInput(name)])
        came.append(name)

    tasks = []
    for number, (name, terms) in enumerate(asked):
        tasks.append(asyncio.create_task(ask(name, terms)))
        await waiting(engine, 2 + number)
    gate.set()
    await asyncio.gather(first, *tasks)
    return came


def test_who_is_urgent_is_answered_first(mixed) -> None:
    terms = [("late", Terms.within(20)), ("low", Terms.within(5, "low")), ("soon", Terms.within(10))]
    terms += [("high", Terms.within(20, "high"))]
    with mixed.engine(mode="latency", batch_tokens=16) as engine:
        engine.preload()
        assert asyncio.run(in_line(engine, [(f"{name} one two three four five six", t) for name, t in terms])) == [
            f"{name} one two three four five six" for name in ("high", "soon", "late", "low")
        ]


def test_who_is_urgent_overtakes_what_is_planned_already(mixed) -> None:
    """A bulk job of many batches is planned; one text with a deadline is answered before the bulk is done."""
    bulk = [EncoderInput(text) for text in random_texts(400, seed=1)]
    passes = []

    async def ask(engine):
        task = asyncio.create_task(asyncio.to_thread(engine.predict_many, "tag", "entities", bulk))
        while engine.stats().stem_passes < 2:
            await asyncio.sleep(0.001)
        await engine.predict("label", "mood", [EncoderInput("now")])
        passes.append(engine.stats().stem_passes)
        return await task

    with mixed.engine(batch_tokens=64, state_cache_mib=0) as engine:
        engine.preload()
        [lane] = engine._deployment.lanes().values()
        embed = lane.stem.embed
        lane.stem.embed = lambda batch: time.sleep(0.005) or embed(batch)
        asyncio.run(ask(engine))
        assert passes[0] < engine.stats().stem_passes - 20


def test_in_throughput_mode_a_small_batch_waits_for_others_but_not_past_its_deadline(mixed) -> None:
    async def ask(engine):
        one = asyncio.create_task(engine.predict("label", "mood", [EncoderInput("one")]))
        await asyncio.sleep(0.1)
        await asyncio.gather(one, engine.predict("label", "mood", [EncoderInput("two")]))
        with pytest.raises(DeadlineExceeded):
            await engine.door(Terms.within(0.0001)).predict("label", "mood", [EncoderInput("three")])
        started = time.monotonic()
        await engine.door(Terms.within(1.0)).predict("label", "mood", [EncoderInput("four")])
        return time.monotonic() - started

    with mixed.engine(mode="throughput", patience_ms=5000) as engine:
        engine.preload()
        began = time.monotonic()
        assert asyncio.run(ask(engine)) < 1.0
        assert time.monotonic() - began > 2.0
        assert engine.stats().stem_passes == 2


def test_a_job_joins_the_pass_that_is_about_to_compute_its_input(mixed) -> None:
    """Even without kept states, what came while other batches ran costs no pass of its own."""
    texts = ["a b c d e f g h i j", "london"]

    async def ask(engine):
        gate = held(engine)
        first = asyncio.create_task(engine.predict("tag", "entities", [EncoderInput(text) for text in texts]))
        await waiting(engine, 2)
        await asyncio.sleep(0.1)
        late = [asyncio.create_task(engine.predict("label", "mood", [EncoderInput(text)])) for text in texts]
        await waiting(engine, 4)
        gate.set()
        return await asyncio.gather(first, *late)

    with mixed.engine(batch_tokens=16, state_cache_mib=0) as engine:
        engine.preload()
        _, *late = asyncio.run(ask(engine))
        stats = engine.stats()
        for text, answer in zip(texts, late, strict=True):
            assert_close(
                answer.predictions[0], engine.predict_many("label", "mood", [EncoderInput(text)]).predictions[0]
            )
    assert stats.merged_inputs == 1  # the other one's pass had begun
    assert stats.stem_rows == 3


def test_an_input_that_comes_again_skips_the_stem_and_gets_the_same_answer(mixed) -> None:
    texts = [EncoderInput(text) for text in dict.fromkeys(random_texts(200, seed=9))]
    with mixed.engine(batch_tokens=256) as engine, mixed.engine(state_cache_mib=0) as bare:
        for task, model in (("label", "mood"), ("tag", "entities"), ("label", "intents")):
            expected = bare.predict_many(task, model, texts).predictions
            first = engine.predict_many(task, model, texts).predictions
            rows = engine.stats().stem_rows
            again = engine.predict_many(task, model, texts[::-1]).predictions[::-1]
            assert engine.stats().stem_rows == rows
            for one, two, truth in zip(first, again, expected, strict=True):
                assert_close(one, truth)
                assert_close(two, truth)
        assert engine.stats().resumed_rows >= 3 * len(texts)
        assert bare.stats().resumed_rows == 0


def test_a_head_that_hangs_harms_only_its_own_requests(mixed) -> None:
    gate = threading.Event()
    mixed.point(mixed.add("label", "rogue", config={"slow": gate}))

    async def ask(engine):
        rogue = [asyncio.create_task(engine.predict("label", "rogue", [EncoderInput(f"r{n}")])) for n in range(20)]
        await asyncio.sleep(0.05)
        for number in range(50):
            text = [EncoderInput(f"my order {number}")]
            await asyncio.wait_for(engine.predict("label", "mood", text), 5)
        assert not any(task.done() for task in rogue)
        gate.set()
        return await asyncio.gather(*rogue)

    with mixed.engine() as engine:
        engine.preload()
        assert len(asyncio.run(ask(engine))) == 20


def test_no_more_of_a_text_is_read_than_asked_for(mixed) -> None:
    """One input may be asked for whole and in part at the same time; each gets its own answer."""
    text = "london paris tokyo my order refund"

    async def ask(engine, *limits):
        doors = [engine.door(Terms.within(10, max_tokens=limit)) for limit in limits]
        asked = [door.predict("tag", "entities", [EncoderInput(text)]) for door in doors]
        return [answer.predictions[0]["spans"] for answer in await asyncio.gather(*asked)]

    with mixed.engine() as engine:
        whole, two, many = asyncio.run(ask(engine, None, 2, 1000))
        assert two == whole[:2]
        assert many == whole
        assert len(whole) == 6
