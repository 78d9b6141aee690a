"""Two texts read apart: what is served is what a branch says of their states side by side, however they came about."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from serving_world import assert_close, random_texts, softmax

from trunkline import EncoderInput
from trunkline.trunk.batch import TokenBatch
from trunkline.trunk.branch import BranchModule
from trunkline.trunk.inputs import joined
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.trunk.windows import cut
from trunkline.trunk.windows import join as join_windows

FORK = 1


@pytest.fixture
def apart(world):
    """A tagger of pairs that are joined at layer 1, and a labeller that leaves there too."""
    world.point(world.add("tag", "apart", fork=FORK, branch=2, reads="joined"))
    world.point(world.add("label", "mood", fork=FORK, branch=1))
    return world


def pairs(count: int, seed: int = 0, passages: int = 0) -> list[EncoderInput]:
    """Questions about texts; with `passages`, about so many of them again and again."""
    texts = random_texts(passages or count, seed=seed + 1000)
    return [EncoderInput(text, texts[n % len(texts)]) for n, text in enumerate(random_texts(count, seed=seed))]


def by_hand(world, source: EncoderInput) -> np.ndarray:
    """The branch over the states of each side alone, one behind the other: no batch, no padding."""
    version = world.entries["tag", "apart", 1]
    module = BranchModule(world.encoder, version.branch, world.plugins.head_task("tag").build_head({}, 32)).eval()
    module.load_weights(world.path(version))
    tokenizer = Tokenizer.from_folder(world.folders[world.trunk_id])
    [encoded] = tokenizer.encode(joined([source], FORK))
    windows = cut(encoded, tokenizer)
    said = []
    with torch.no_grad():
        for window in windows:
            states = []
            for side in window.sides:
                ids, types = torch.from_numpy(side.ids)[None], torch.from_numpy(side.type_ids.copy())[None]
                mask = torch.ones_like(ids, dtype=torch.bool)
                states.append(world.encoder.advance(world.encoder.embed(ids, types, mask), mask, 0, FORK))
            together = torch.cat(states, dim=1)
            mask = torch.ones(together.shape[:2], dtype=torch.bool)
            said.append(module([together], mask)["logits"][0].numpy())
    return softmax(join_windows("token", said, windows, len(encoded)))


@pytest.mark.parametrize("cache", [0, 64])
def test_answers_are_the_branch_s_over_both_texts_states(apart, cache) -> None:
    asked = [
        *pairs(40),
        EncoderInput("", "alone"),
        EncoderInput("short", "long " * 200),
        EncoderInput("why " * 300, "x"),
    ]
    with apart.engine(state_cache_mib=cache) as engine:
        for _ in range(2):  # the second time from kept states, where there are any
            answer = engine.predict_many("tag", "apart", asked)
            for source, prediction in zip(asked, answer.predictions, strict=True):
                np.testing.assert_allclose(prediction["scores"], by_hand(apart, source), atol=1e-5)


def test_one_alone_is_answered_as_among_many_and_beside_other_tasks(apart) -> None:
    asked = pairs(30, seed=3, passages=4)
    with apart.engine() as engine:
        many = engine.predict_many("tag", "apart", asked).predictions
        engine.predict_many("label", "mood", [EncoderInput(one.text) for one in asked])
        for source, prediction in zip(asked, many, strict=True):
            [alone] = engine.predict_many("tag", "apart", [source]).predictions
            assert_close(alone, prediction)


def test_a_passage_that_was_read_is_not_read_again(apart) -> None:
    """Of a second question about the same passages, nothing but the question goes up the stem."""
    passages = [f"order {number} from london" for number in range(5)]
    with apart.engine() as engine:
        engine.predict_many("tag", "apart", [EncoderInput("first question", one) for one in passages])
        before = engine.stats()
        engine.predict_many("tag", "apart", [EncoderInput("another one", one) for one in passages])
        after = engine.stats()
    assert before.stem_rows == 6
    assert after.stem_rows - before.stem_rows == 1
    assert after.joined_rows == 10


def test_a_text_that_another_task_was_asked_about_serves_as_a_side(apart) -> None:
    with apart.engine() as engine:
        engine.predict_many("label", "mood", [EncoderInput("a text of its own")])
        before = engine.stats().stem_rows
        engine.predict_many("tag", "apart", [EncoderInput("what ?", "a text of its own")])
        assert engine.stats().stem_rows - before == 1


def test_single_texts_are_read_as_ever(apart) -> None:
    with apart.engine() as engine:
        [prediction] = engine.predict_many("tag", "apart", [EncoderInput("no pair at all")]).predictions
        assert prediction["labels"]
        assert engine.stats().joined_rows == 0


def test_a_stem_that_fails_on_a_side_fails_that_input_alone(apart) -> None:
    with apart.engine() as engine:
        engine.preload()
        [lane] = engine._deployment.lanes().values()
        embed = lane.stem.embed
        poison = Tokenizer.from_folder(apart.folders[apart.trunk_id]).encode([EncoderInput("@")])[0].ids[0]

        def fragile(batch: TokenBatch):
            if (batch.ids == poison).any():
                raise RuntimeError("cannot bear this")
            return embed(batch)

        lane.stem.embed = fragile
        asked = [EncoderInput("what ?", "a good text"), EncoderInput("what ?", "a bad @ text")]
        with pytest.raises(Exception, match="failed on this input"):
            engine.predict_many("tag", "apart", asked)
        assert engine.predict_many("tag", "apart", asked[:1]).predictions
