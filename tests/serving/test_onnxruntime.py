"""The engine on ONNX Runtime: what it answers is what torch answers, whoever else is in the batch."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from serving_world import assert_close, random_texts

from trunkline import EncoderInput
from trunkline.backends.onnxruntime_backend import OnnxRuntimeBackend

MODELS = [("label", "intents"), ("tag", "entities"), ("label", "mood"), ("tag", "mixed")]


@pytest.fixture
def portable(tmp_path: Path):
    """The settings of an engine on ONNX Runtime."""
    return {"backend": OnnxRuntimeBackend(tmp_path / "cache", "fp32", threads=1)}


def test_mixed_batches_answer_as_torch_answers_single_requests(mixed, portable) -> None:
    """Four versions that leave the trunk in four ways; rows go up to different layers in one pass."""
    source = random.Random(7)
    asked = [(*source.choice(MODELS), text) for text in random_texts(80)]

    async def together(engine):
        return await asyncio.gather(*(engine.predict(task, model, [EncoderInput(text)]) for task, model, text in asked))

    with mixed.engine(**portable) as engine:
        answers = asyncio.run(together(engine))
        assert (engine.backend.name, engine.backend.precision) == ("onnxruntime", "fp32")
        assert engine.stats().stem_passes < 60
    with mixed.engine() as torch_engine:
        for (task, model, text), found in zip(asked, answers, strict=True):
            alone = torch_engine.predict_many(task, model, [EncoderInput(text)]).predictions[0]
            assert_close(found.predictions[0], alone)


def test_pairs_empty_and_long_texts(mixed, portable) -> None:
    texts = [EncoderInput(""), EncoderInput("my order", "late refund"), EncoderInput(" ".join(["london"] * 300))]
    answers = []
    for settings in (portable, {}):
        with mixed.engine(batch_tokens=128, **settings) as engine:
            answers.append(engine.predict_many("tag", "mixed", texts).predictions)
    for ours, theirs in zip(*answers, strict=True):
        assert_close(ours, theirs)
