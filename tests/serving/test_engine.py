"""The engine as a whole: the truth is the answer that one request gets alone."""

from __future__ import annotations

import asyncio
import random

import pytest
from serving_world import assert_close, random_texts

from trunkline import EncoderInput, InvalidInput, NotFound
from trunkline.errors import DeadlineExceeded, EngineStopped, Overloaded
from trunkline.serving.terms import Terms

MODELS = [("label", "intents"), ("tag", "entities"), ("label", "mood"), ("tag", "mixed")]


def alone(world, backend=None):
    """Give each text's predictions computed one request at a time."""
    engine = world.engine()

    def answer(task, model, text):
        return engine.predict_many(task, model, [EncoderInput(text)]).predictions[0]

    return engine, answer


def test_mixed_batches_answer_as_single_requests_do(mixed) -> None:
    """A thousand texts, many tasks at once: same labels and spans, probabilities within 1e-5."""
    source = random.Random(7)
    asked = [(*source.choice(MODELS), text) for text in random_texts(1000)]

    async def together(engine):
        return await asyncio.gather(*(engine.predict(task, model, [EncoderInput(text)]) for task, model, text in asked))

    with mixed.engine() as engine:
        answers = asyncio.run(together(engine))
    stats = engine.stats()
    single, answer = alone(mixed)
    with single:
        for (task, model, text), found in zip(asked, answers, strict=True):
            assert found.model == f"{task}/{model}@1"
            assert_close(found.predictions[0], answer(task, model, text))
    assert stats.stem_passes < 500
    assert sum(version.answered for version in stats.versions.values()) == 1000
    assert all(sum(version.buckets) == version.answered for version in stats.versions.values())


def test_many_inputs_in_one_call_keep_their_order(mixed) -> None:
    """More inputs than the queue holds are computed a part at a time."""
    texts = random_texts(60, seed=3)
    with mixed.engine(queue_requests=16) as engine:
        answer = engine.predict_many("tag", "entities", [EncoderInput(text) for text in texts])
        for text, found in zip(texts, answer.predictions, strict=True):
            assert_close(found, engine.predict_many("tag", "entities", [EncoderInput(text)]).predictions[0])


def test_pairs_and_empty_texts(mixed) -> None:
    with mixed.engine() as engine:
        inputs = [EncoderInput(""), EncoderInput("", ""), EncoderInput("my order", "late refund"), EncoderInput("  ")]
        answer = engine.predict_many("tag", "entities", inputs)
        assert [len(prediction["labels"]) for prediction in answer.predictions] == [0, 0, 4, 0]
        assert engine.predict_many("label", "mood", []).predictions == []


def test_long_texts_are_answered_whole(mixed) -> None:
    """Every token of a text of many windows gets its label."""
    text = " ".join(["london"] * 700)
    with mixed.engine(batch_tokens=128) as engine:
        prediction = engine.predict_many("tag", "entities", [EncoderInput(text)]).predictions[0]
    assert len(prediction["labels"]) == 700
    assert all(text[start:end] == "london" for start, end in prediction["spans"])


def test_hidden_states_are_the_trunk_s_own(mixed, tiny_trunk) -> None:
    """Against transformers itself, special tokens left out."""
    import numpy as np
    import torch
    from transformers import AutoModel, AutoTokenizer

    text = "Ada Lovelace met Babbage in London."
    tokens = AutoTokenizer.from_pretrained(tiny_trunk)(text, return_tensors="pt")
    model = AutoModel.from_pretrained(tiny_trunk, attn_implementation="eager").eval()
    with torch.inference_mode():
        truth = model(**tokens, output_hidden_states=True).hidden_states
    with mixed.engine() as engine:
        [states] = asyncio.run(engine.hidden_states(None, [EncoderInput(text)], [3, 0, 1]))
    for found, layer in zip(states, [3, 0, 1], strict=True):
        expected = truth[layer][0].numpy()
        assert found.layer == layer
        np.testing.assert_allclose(found.tokens, expected[1:-1], atol=1e-5)
        np.testing.assert_allclose(found.first, expected[0], atol=1e-5)
        np.testing.assert_allclose(found.mean, expected.mean(0), atol=1e-5)


def test_hidden_states_of_a_layer_that_is_not_there(mixed) -> None:
    with mixed.engine() as engine, pytest.raises(InvalidInput, match="layer 4: ask for 0 to 3"):
        asyncio.run(engine.hidden_states("tiny", [EncoderInput("a")], [4]))


def test_text_that_cannot_be_used(mixed) -> None:
    with mixed.engine(text_characters=10, queue_tokens=20) as engine:
        with pytest.raises(InvalidInput, match="11 characters; the limit is 10"):
            engine.predict_many("label", "mood", [EncoderInput("a" * 11)])
        with pytest.raises(InvalidInput, match="lone surrogate"):
            engine.predict_many("label", "mood", [EncoderInput("\ud800")])
        with pytest.raises(InvalidInput, match="tokens in one request"):
            asyncio.run(engine.predict("label", "mood", [EncoderInput(f"a b c d {letter}") for letter in "efghi"]))
        assert engine.stats().queued_requests == {"0-tiny": 0}
        assert engine.predict_many("label", "mood", [EncoderInput("fine")]).predictions


def test_deadlines(mixed) -> None:
    """What is not answered in time is an error, and the engine goes on."""
    with mixed.engine() as engine:
        engine.preload()
        texts = [EncoderInput(text) for text in random_texts(300)]
        with pytest.raises(DeadlineExceeded):
            engine.predict_many("tag", "mixed", texts, seconds=0.01)
        with pytest.raises(DeadlineExceeded):
            asyncio.run(engine.door(Terms.within(0.001)).predict("tag", "mixed", texts))
        assert engine.predict_many("label", "mood", texts[:1]).predictions
        assert engine.probe()


def test_overload_sheds_at_once_and_answers_what_it_took(mixed) -> None:
    async def flood(engine):
        asked = [engine.predict("label", "mood", [EncoderInput(text)]) for text in random_texts(400, seed=1)]
        return await asyncio.gather(*asked, return_exceptions=True)

    with mixed.engine(queue_requests=50) as engine:
        engine.preload()
        results = asyncio.run(flood(engine))
        shed = [result for result in results if isinstance(result, Overloaded)]
        answered = [result for result in results if not isinstance(result, BaseException)]
        assert len(shed) + len(answered) == 400
        assert len(answered) >= 50
        assert shed
        assert all(error.retry_after >= 1 for error in shed)
    stats = engine.stats()
    assert stats.overloaded == len(shed)
    assert stats.queued_requests == {"0-tiny": 0}
    assert stats.queued_tokens == {"0-tiny": 0}


def test_drain_answers_what_is_in_flight(mixed) -> None:
    """Closing under load: every request that was taken is answered, later ones are refused."""

    async def load(engine):
        asked = [
            asyncio.create_task(engine.predict("tag", "entities", [EncoderInput(text)]))
            for text in random_texts(200, seed=2)
        ]
        await asyncio.sleep(0.01)
        await engine.aclose()
        with pytest.raises(EngineStopped):
            await engine.predict("tag", "entities", [EncoderInput("late")])
        return await asyncio.gather(*asked)

    engine = mixed.engine()
    engine.preload()
    assert len(asyncio.run(load(engine))) == 200
    assert not engine.alive
    assert not engine.probe()


def test_close_without_drain_fails_what_waits(mixed) -> None:
    async def load(engine):
        asked = [
            asyncio.create_task(engine.predict("label", "mood", [EncoderInput(f"{n} late" * 50)])) for n in range(300)
        ]
        await asyncio.sleep(0.02)
        await engine.aclose(drain=False)
        return await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 5)

    engine = mixed.engine()
    engine.preload()
    results = asyncio.run(load(engine))
    assert all(not isinstance(result, BaseException) or isinstance(result, EngineStopped) for result in results)


def test_restricted_models(mixed) -> None:
    """With `models` given, everything else is unknown, and a bare name means the version that is served."""
    newer = mixed.add("label", "mood", seed=9)
    with mixed.engine(models=["mood@production"]) as engine:
        engine.preload()
        assert engine.loaded == ["label/mood@1"]
        assert engine.predict_many("label", None, [EncoderInput("a")]).model == "label/mood@1"
        assert engine.predict_many("label", "mood", [EncoderInput("a")]).model == "label/mood@1"
        with pytest.raises(NotFound):
            engine.predict_many("label", newer.reference, [EncoderInput("a")])
        with pytest.raises(NotFound):
            engine.predict_many("label", "intents", [EncoderInput("a")])
    with pytest.raises(NotFound, match="did you mean mood"):
        mixed.engine(models=["moood"])


def test_data_folder_is_made_and_cannot_be_left(mixed) -> None:
    with mixed.engine() as engine:
        assert engine.data_folder("qa").is_dir()
        with pytest.raises(InvalidInput):
            engine.data_folder("../qa")


def test_importing_serving_brings_no_torch() -> None:
    import subprocess
    import sys

    code = "import sys, trunkline.serving.model; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_backend_is_known_and_chosen_once(mixed) -> None:
    """Evaluation records which backend and precision were measured."""
    with mixed.engine() as engine:
        assert engine.backend is mixed.backend
    with mixed.engine(backend=None) as engine:
        assert (engine.backend.name, engine.backend.precision) == ("torch", "fp32")
        assert engine.backend is engine.backend
