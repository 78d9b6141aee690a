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
