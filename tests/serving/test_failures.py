"""Errors fall one way: a bad input, a bad head, a dead worker."""

from __future__ import annotations

import asyncio
import random
import threading

import pytest
from serving_world import assert_close, random_texts

from trunkline import EncoderInput, TrunklineError
from trunkline.errors import EngineStopped
from trunkline.serving.planner import plan as real_plan


class PoisonStem:
    """A real stem that cannot bear one token id, at its embeddings or at a layer."""

    def __init__(self, stem, poison: int, layer: int, blow=RuntimeError) -> None:
        self.stem, self.poison, self.layer, self.blow = stem, poison, layer, blow
        self.info, self.length_multiple = stem.info, stem.length_multiple
        self.encoder = stem.encoder
        self.bad = None

    def embed(self, batch):
        self.bad = bool((batch.ids == self.poison).any())
        if self.bad and self.layer == 0:
            raise self.blow("poison in the embeddings")
        return self.stem.embed(batch)

    def pause(self):
        self.stem.pause()

    def rest(self, idle):
        return self.stem.rest(idle)

    def resume(self, batch, layer, hidden):
        self.bad = False
        return self.stem.resume(batch, layer, hidden)

    def advance(self, states, layer):
        if self.bad and self.layer and layer >= self.layer:
            raise self.blow("poison in a layer")
        return self.stem.advance(states, layer)


@pytest.fixture
def poisoned(mixed):
    """Make an engine whose stem dies of the word "tokyo"."""

    def make(layer=0, blow=RuntimeError, **options):
        class Backend(type(mixed.backend)):
            def load_stem(self, folder, info):
                return PoisonStem(super().load_stem(folder, info), tokyo(mixed), layer, blow)

            def load_branch(self, stem, version, weights, task):
                return super().load_branch(stem.stem, version, weights, task)

        return mixed.engine(backend=Backend(), **options)

    return make


def tokyo(world) -> int:
    from trunkline.trunk.tokenizer import Tokenizer

    [encoded] = Tokenizer.from_folder(world.trunk_folder(world.trunk_id)).encode([EncoderInput("tokyo")])
    return int(encoded.ids[0])


@pytest.mark.parametrize("layer", [0, 2])
def test_poison_fails_alone(mixed, poisoned, layer) -> None:
    """Two hundred poisoned inputs among others: each of them fails, each of the others gets the right answer."""
    source = random.Random(layer)
    texts = [text.replace("tokyo", "paris") for text in random_texts(600, seed=layer, longest=12)]
    bad = set(source.sample(range(600), 200))
    texts = [f"{text} tokyo" if number in bad else text for number, text in enumerate(texts)]

    async def ask(engine):
        engine.preload()
        asked = [engine.predict("tag", "entities", [EncoderInput(text)]) for text in texts]
        return await asyncio.gather(*asked, return_exceptions=True)

    with poisoned(layer) as engine:
        results = asyncio.run(ask(engine))
        assert engine.alive
        assert engine.probe()
    with mixed.engine() as engine:
        truth = engine.predict_many("tag", "entities", [EncoderInput(text) for text in texts]).predictions
    for number, (result, expected) in enumerate(zip(results, truth, strict=True)):
        if number in bad:
            assert isinstance(result, TrunklineError)
            assert "RuntimeError" in str(result)
            assert "tokyo" not in str(result)
        else:
            assert_close(result.predictions[0], expected)


class ShortOfMemory:
    """A real stem that runs out of memory over so many tokens at once, and a few times whatever it runs."""

    def __init__(self, stem, most: int, error) -> None:
        self.stem, self.most, self.error = stem, most, error
        self.times = 0
        self.info, self.length_multiple, self.encoder = stem.info, stem.length_multiple, stem.encoder

    def embed(self, batch):
        if self.times > 0 or batch.padded_tokens > self.most:
            self.times -= 1
            raise self.error
        return self.stem.embed(batch)

    def pause(self):
        self.stem.pause()

    def rest(self, idle):
        return self.stem.rest(idle)

    def advance(self, states, layer):
        return self.stem.advance(states, layer)


@pytest.fixture
def short(mixed):
    """Make an engine whose stem runs out of memory."""

    def make(most, error=None):
        class Backend(type(mixed.backend)):
            def load_stem(self, folder, info):
                return ShortOfMemory(super().load_stem(folder, info), most, error or MemoryError())

            def load_branch(self, stem, version, weights, task):
                return super().load_branch(stem.stem, version, weights, task)

        return mixed.engine(backend=Backend(), state_cache_mib=0)

    return make


def test_a_batch_that_runs_out_of_memory_is_split_until_it_fits(mixed, short) -> None:
    texts = [EncoderInput(text) for text in random_texts(60, seed=3, longest=12) if len(text) < 400]
    with short(most=64) as engine:
        answers = engine.predict_many("tag", "entities", texts).predictions
        assert engine.stats().failed_passes > 0
    with mixed.engine() as engine:
        for found, expected in zip(answers, engine.predict_many("tag", "entities", texts).predictions, strict=True):
            assert_close(found, expected)


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("std::bad_alloc"), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_an_input_that_runs_out_of_memory_alone_is_tried_once_more(short, error) -> None:
    asked = [EncoderInput("my order is late")]
    with short(most=1000, error=error) as engine:
        engine.load("tag/entities")
        [lane] = engine._deployment.lanes().values()
        lane.stem.times = 1
        assert engine.predict_many("tag", "entities", asked).predictions
        lane.stem.times = 2
        with pytest.raises(TrunklineError, match="failed on this input"):
            engine.predict_many("tag", "entities", asked)
        assert engine.alive
        assert engine.predict_many("tag", "entities", asked).predictions


def test_poison_in_one_window_of_a_long_text(mixed, poisoned) -> None:
    text = " ".join(["london"] * 300 + ["tokyo"] + ["paris"] * 300)
    with poisoned() as engine, pytest.raises(TrunklineError, match="RuntimeError"):
        engine.predict_many("tag", "entities", [EncoderInput(text)])
    assert engine.stats().queued_tokens == {mixed.trunk_id: 0}


def test_a_head_that_raises_fails_its_own_jobs_only(mixed) -> None:
    mixed.point(mixed.add("label", "broken", fork=3, config={"raises": "always"}))
    texts = random_texts(50, seed=5, longest=10)

    async def ask(engine):
        engine.preload()
        asked = [engine.predict("label", name, [EncoderInput(text)]) for text in texts for name in ("broken", "mood")]
        return await asyncio.gather(*asked, return_exceptions=True)

    with mixed.engine() as engine:
        results = asyncio.run(ask(engine))
        for number, text in enumerate(texts):
            assert "label/broken@1 failed" in str(results[2 * number])
            alone = engine.predict_many("label", "mood", [EncoderInput(text)])
            assert_close(results[2 * number + 1].predictions[0], alone.predictions[0])
        stats = engine.stats()
        assert stats.versions["label/broken@1"].failed == 50
        assert stats.failed_passes == 0


def test_an_input_that_one_head_cannot_bear_fails_alone(mixed) -> None:
    mixed.point(mixed.add("label", "touchy", fork=2, config={"raises": "empty"}))

    async def ask(engine):
        engine.preload()
        texts = ["a", "", "my order", " "] * 5
        asked = [engine.predict("label", "touchy", [EncoderInput(text)]) for text in texts]
        return await asyncio.gather(*asked, return_exceptions=True)

    with mixed.engine() as engine:
        results = asyncio.run(ask(engine))
    assert [isinstance(result, TrunklineError) for result in results] == [False, True, False, True] * 5


def test_a_decode_error_fails_its_request_only(mixed) -> None:
    mixed.point(mixed.add("label", "unreadable", config={"unreadable": True}))

    async def ask(engine):
        engine.preload()
        asked = [engine.predict("label", "unreadable", [EncoderInput(text)]) for text in ("a", "[poison]", "b")]
        return await asyncio.gather(*asked, return_exceptions=True)

    with mixed.engine() as engine:
        first, second, third = asyncio.run(ask(engine))
    assert first.predictions
    assert third.predictions
    assert str(second) == "label/unreadable@1 failed on this input (ValueError); the log has the details"


def test_a_slow_decode_does_not_hold_the_stem(mixed) -> None:
    gate = threading.Event()
    mixed.add("label", "slow", config={"slow": gate})

    async def ask(engine):
        slow = asyncio.create_task(engine.predict("label", "slow", [EncoderInput("a")]))
        await asyncio.sleep(0.05)
        await asyncio.wait_for(engine.predict("label", "mood", [EncoderInput("a")]), 2)
        assert not slow.done()
        gate.set()
        return await slow

    with mixed.engine() as engine:
        engine.load("slow")
        engine.load("mood")
        assert asyncio.run(ask(engine)).predictions


def test_cancelled_requests_are_not_computed(mixed) -> None:
    """A client that has gone while others are computed costs no row."""
    gate = threading.Event()

    def hold(engine):
        [lane] = engine._deployment.lanes().values()
        embed = lane.stem.embed
        lane.stem.embed = lambda batch: gate.wait(5) and embed(batch)

    async def ask(engine):
        engine.preload()
        hold(engine)
        first = asyncio.create_task(engine.predict("tag", "mixed", [EncoderInput("first")]))
        await asyncio.sleep(0.2)
        gone = [asyncio.create_task(engine.predict("label", "mood", [EncoderInput(f"gone {n}")])) for n in range(50)]
        await asyncio.sleep(0.2)
        for task in gone:
            task.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        gate.set()
        await first

    with mixed.engine() as engine:
        asyncio.run(ask(engine))
    stats = engine.stats()
    assert stats.stem_rows == 1
    assert stats.versions["label/mood@1"].cancelled == 50
    assert stats.queued_requests == {mixed.trunk_id: 0}


def test_a_dead_worker_fails_everything_at_once(mixed, poisoned) -> None:
    """What kills the thread itself turns `alive` false and leaves nobody waiting."""

    async def ask(engine):
        engine.preload()
        texts = ["tokyo", *random_texts(100)]
        asked = [engine.predict("tag", "entities", [EncoderInput(text)]) for text in texts]
        return await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 5)

    engine = poisoned(blow=SystemExit)
    results = asyncio.run(ask(engine))
    assert any(isinstance(result, EngineStopped) for result in results)
    assert all(isinstance(result, EngineStopped) for result in results if isinstance(result, BaseException))
    assert not engine.alive
    assert not engine.probe()
    with pytest.raises(EngineStopped):
        engine.predict_many("tag", "entities", [EncoderInput("later")])
    engine.close()


def test_a_planner_that_fails_is_a_dead_worker_too(mixed, monkeypatch) -> None:
    def broken(jobs, batch_tokens, *how):
        if any(job.encoded.source.text == "bug" for job in jobs):
            raise AssertionError("a bug of our own")
        return real_plan(jobs, batch_tokens, *how)

    monkeypatch.setattr("trunkline.serving.worker.plan", broken)
    with mixed.engine() as engine:
        assert engine.predict_many("label", "mood", [EncoderInput("fine")]).predictions
        with pytest.raises(EngineStopped, match="restart"):
            engine.predict_many("label", "mood", [EncoderInput("bug")])
        assert not engine.alive
