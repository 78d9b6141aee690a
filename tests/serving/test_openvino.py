"""The engine on OpenVINO: what it answers is what torch answers, whoever else is in the batch."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from serving_world import assert_close, random_texts

from trunkline import EncoderInput
from trunkline.backends.openvino_backend import OpenVinoBackend

MODELS = [("label", "intents"), ("tag", "entities"), ("label", "mood"), ("tag", "mixed")]


@pytest.fixture
def fast(tmp_path: Path):
    """The settings of an engine on OpenVINO."""
    return {"backend": OpenVinoBackend(tmp_path / "cache", "fp32", threads=1)}


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets of models get graphs of their own after few passes."""
    monkeypatch.setattr("trunkline.serving.fusions.OFTEN", 6)


@pytest.mark.slow
def test_mixed_batches_answer_as_torch_answers_single_requests(mixed, fast) -> None:
    """Four versions that leave the trunk in four ways; rows go up to different layers in one pass."""
    source = random.Random(7)
    asked = [(*source.choice(MODELS), text) for text in random_texts(300)]

    async def together(engine):
        return await asyncio.gather(*(engine.predict(task, model, [EncoderInput(text)]) for task, model, text in asked))

    with mixed.engine(**fast) as engine:
        answers = asyncio.run(together(engine))
        assert (engine.backend.name, engine.backend.precision) == ("openvino", "fp32")
        passes = engine.stats().stem_passes
    with mixed.engine() as torch_engine:
        for (task, model, text), found in zip(asked, answers, strict=True):
            alone = torch_engine.predict_many(task, model, [EncoderInput(text)]).predictions[0]
            assert_close(found.predictions[0], alone)
    assert passes < 150


def test_pairs_empty_and_long_texts(mixed, fast) -> None:
    texts = [EncoderInput(""), EncoderInput("my order", "late refund"), EncoderInput(" ".join(["london"] * 300))]
    answers = []
    for settings in (fast, {}):
        with mixed.engine(batch_tokens=128, **settings) as engine:
            answers.append(engine.predict_many("tag", "mixed", texts).predictions)
    for ours, theirs in zip(*answers, strict=True):
        assert_close(ours, theirs)


def test_hidden_states_are_torchs(mixed, fast) -> None:
    asked = [EncoderInput(text) for text in ("my order is late", "refund")]
    found = []
    for settings in (fast, {}):
        with mixed.engine(**settings) as engine:
            found.append(asyncio.run(engine.hidden_states(None, asked, [0, 3])))
    for ours, theirs in zip(*found, strict=True):
        for layer, other in zip(ours, theirs, strict=True):
            assert layer.layer == other.layer
            assert abs(layer.tokens - other.tokens).max() < 1e-5


def test_models_asked_together_again_and_again_run_in_one_graph_and_answer_the_same(mixed, fast, soon) -> None:
    """Two with layers of their own at two forks, one that reads a mix, a head alone; texts that need windows too."""
    source = random.Random(3)
    asked = [[EncoderInput(text) for text in random_texts(12, source.randrange(99))] for _ in range(12)]
    asked[-1].append(EncoderInput(" ".join(["london"] * 300)))

    async def ask(engine, inputs):
        doors = engine.together(len(MODELS))
        calls = [door.predict(task, model, inputs) for door, (task, model) in zip(doors, MODELS, strict=True)]
        return [answer.predictions for answer in await asyncio.gather(*calls)]

    given = {}
    for mib in (0, 1024):
        with mixed.engine(batch_tokens=256, fused_mib=mib, state_cache_mib=0, **fast) as engine:
            for _ in range(3):  # the graph is made meanwhile
                given[mib] = [asyncio.run(ask(engine, inputs)) for inputs in asked]
            [lane] = engine._deployment.lanes().values()
            wholes = [one.whole() for one in lane._worker._fusions._sets.values()]
            assert any(wholes) is bool(mib)
    for ours, theirs in zip(given[1024], given[0], strict=True):
        for of_model, of_other in zip(ours, theirs, strict=True):
            for found, expected in zip(of_model, of_other, strict=True):
                assert_close(found, expected)


def test_models_asked_about_different_texts_run_in_graphs_of_their_own(mixed, fast, soon) -> None:
    """Rows of one model are put together once its graph is there, though others wait in the same queue."""
    texts = random_texts(48, seed=5, longest=20)

    async def ask(engine):
        doors = engine.together(len(MODELS))
        calls = [
            door.predict(task, model, [EncoderInput(text) for text in texts[place :: len(MODELS)]])
            for place, (door, (task, model)) in enumerate(zip(doors, MODELS, strict=True))
        ]
        return [answer.predictions for answer in await asyncio.gather(*calls)]

    with mixed.engine(batch_tokens=128, state_cache_mib=0, **fast) as engine:
        first = asyncio.run(ask(engine))
        for _ in range(12):
            given = asyncio.run(ask(engine))
        [lane] = engine._deployment.lanes().values()
        lane._worker._fusions._maker.submit(lambda: None).result()
        given = asyncio.run(ask(engine))
        assert engine.stats().fused_passes > 0
    for of_model, of_first in zip(given, first, strict=True):
        for found, expected in zip(of_model, of_first, strict=True):
            assert_close(found, expected)


def test_a_graph_that_fails_leaves_its_batch_to_the_pieces(mixed, fast, soon, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self, batch):
        raise RuntimeError("out of memory")

    monkeypatch.setattr("trunkline.backends.openvino_fused.OpenVinoFused.run", broken)
    with mixed.engine(state_cache_mib=0, **fast) as engine:
        answers = [engine.predict_many("label", "intents", [EncoderInput("my order is late")]) for _ in range(60)]
        [lane] = engine._deployment.lanes().values()
        lane._worker._fusions._maker.submit(lambda: None).result()
        answers += [engine.predict_many("label", "intents", [EncoderInput("my order is late")]) for _ in range(4)]
        assert engine.stats().failed_passes == 0
    for answer in answers:
        assert_close(answer.predictions[0], answers[0].predictions[0])
