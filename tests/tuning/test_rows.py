from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import trunkline
from trunkline.contract import IGNORE
from trunkline.errors import InvalidInput
from trunkline.records import BranchSpec
from trunkline.trunk.branch import BranchModule
from trunkline.trunk.encoder import Encoder
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.trunk.windows import join
from trunkline.tuning import rows as laid
from trunkline.tuning.learner import Material, outputs
from trunkline.tuning.states import Cached, Computed

TEXTS = ["ada met charles babbage in london", "i", "anna and karl " * 25, "order a card to ada"]
NAMES = ("ada", "charles", "anna", "karl")


@pytest.fixture
def task() -> Any:
    return trunkline.load_plugins().head_task("ner")


@pytest.fixture
def examples(task: Any) -> list[Any]:
    """Every name is a person."""
    made = []
    for text in TEXTS:
        starts = [(i, i + len(name)) for name in NAMES for i in range(len(text)) if text.startswith(name, i)]
        entities = [{"start": start, "end": end, "label": "person"} for start, end in sorted(starts)]
        made.append(task.example_model(text=text, entities=entities))
    return made


@pytest.fixture
def config(task: Any, examples: list[Any]) -> Any:
    return task.head_config(examples, task.options_model(), None)


@pytest.fixture
def rows(task: Any, examples: list[Any], config: Any, tiny_trunk: Path) -> laid.Rows:
    return laid.build(task, examples, Tokenizer.from_folder(tiny_trunk), config)


def test_token_targets_follow_their_tokens_into_every_window(rows: laid.Rows, task: Any, config: Any) -> None:
    """Read back through the windows' own positions, they are the task's targets."""
    assert len(rows.windows) > len(rows.inputs) == len(TEXTS)
    everything = np.arange(len(rows.windows))
    batch = rows.batch(everything)
    tags = batch.targets["tags"]
    assert (tags[~batch.mask] == IGNORE).all()
    for number in everything:
        window, encoded = rows.windows[number], rows.inputs[rows.origins[number]]
        expected = task.targets(rows.examples[rows.origins[number]], encoded, config)["tags"]
        for slot, position in enumerate(window.positions):
            assert int(tags[number, slot]) == (IGNORE if position < 0 else int(expected[position]))


def test_outputs_are_joined_as_serving_joins_them(rows: laid.Rows, task: Any, config: Any, tiny_trunk: Path) -> None:
    """Against one window at a time, without padding, joined by `windows.join`."""
    encoder = Encoder.load(tiny_trunk)
    spec = BranchSpec(fork_layer=1, branch_layers=2)
    torch.manual_seed(0)
    branch = BranchModule(encoder, spec, task.build_head(config, encoder.width)).eval()
    source = Computed(encoder, rows.layout, (1,), torch.float32)
    together = outputs(branch, Material(rows, source), task, "fp32")
    for number, encoded in enumerate(rows.inputs):
        own = [window for window, origin in zip(rows.windows, rows.origins, strict=True) if origin == number]
        said = []
        for window in own:
            ids, types = torch.from_numpy(window.ids)[None], torch.from_numpy(window.type_ids.copy())[None]
            mask = torch.ones_like(ids, dtype=torch.bool)
            with torch.no_grad():
                states = encoder.advance(encoder.embed(ids, types, mask), mask, 0, 1)
                said.append(branch([states], mask)["logits"][0].numpy())
        expected = join("token", said, own, len(encoded))
        np.testing.assert_allclose(together[number]["logits"], expected, atol=1e-5)


def test_right_answers_score_one(rows: laid.Rows, task: Any, config: Any) -> None:
    """Outputs that say the targets aloud: decoded, they are the examples."""
    said = []
    for example, encoded in zip(rows.examples, rows.inputs, strict=True):
        tags = task.targets(example, encoded, config)["tags"]
        logits = np.full((len(encoded), len(config["tags"])), -9.0, np.float32)
        logits[np.arange(len(encoded)), np.maximum(tags, 0)] = 9.0
        said.append({"logits": logits})
    assert laid.score(task, rows, said, config)["f1"] == 1.0


def test_rows_without_targets_are_for_asking_only(task: Any, examples: list[Any], tiny_trunk: Path) -> None:
    asked = laid.build(task, examples, Tokenizer.from_folder(tiny_trunk), None)
    assert asked.batch(np.array([0])).targets == {}


@pytest.fixture
def pairs() -> laid.Rows:
    """Questions about two contexts, one of them of several windows; some stand in several rows."""
    contexts = ["my order is in paris .", "anna and karl are in london . " * 12]
    return [
        {"question": question, "context": context, "answers": [{"text": word, "start": context.index(word)}]}
        for context, word in zip(contexts, ("paris", "london"), strict=True)
        for question in ("where ?", "where is it ?", "where , please ?")
    ]


@pytest.mark.parametrize("kept", [True, False])
def test_pairs_that_are_joined_are_read_apart_and_each_text_once(pairs: Any, tiny_trunk: Path, kept: bool) -> None:
    """Cached or computed in every step, the states are those of each text alone."""
    task = trunkline.load_plugins().head_task("qa")
    examples = [task.example_model.model_validate(row) for row in pairs]
    config = task.head_config(examples, task.options_model(), None)
    rows = laid.build(task, examples, Tokenizer.from_folder(tiny_trunk), config, joined_at=1)
    encoder, spec = Encoder.load(tiny_trunk), BranchSpec(fork_layer=1, branch_layers=2, reads="joined")
    sides = {side.ids.tobytes(): side for window in rows.windows for side in window.sides}
    assert len(rows.stem) == len(sides) < 2 * len(rows.windows)

    source = rows.computed(encoder, spec, torch.float32)
    if kept:
        everything = torch.from_numpy(rows.stem.index(np.arange(len(rows.stem)), int(rows.stem.lengths.max())))
        mask = everything != rows.stem.tokens
        table = torch.zeros(rows.stem.tokens + 1, encoder.width)
        [states] = Computed(encoder, rows.stem, (1,), torch.float32).states(everything, mask)
        table[everything[mask]] = states[mask]
        source = rows.joining(Cached([table]))
    batch = rows.batch(np.arange(len(rows.windows)))
    [together] = source.states(batch.index, batch.mask)
    for number, window in enumerate(rows.windows):
        alone = []
        for side in window.sides:
            ids, types = torch.from_numpy(side.ids)[None], torch.from_numpy(side.type_ids.copy())[None]
            mask = torch.ones_like(ids, dtype=torch.bool)
            alone.append(encoder.advance(encoder.embed(ids, types, mask), mask, 0, 1)[0])
        expected = torch.cat(alone)
        np.testing.assert_allclose(together[number, : len(window)], expected, atol=1e-5)
        assert batch.mask[number].sum() == len(window)


def test_single_texts_have_nothing_to_join(task: Any, examples: list[Any], tiny_trunk: Path) -> None:
    with pytest.raises(InvalidInput, match="ner reads single texts, so there is nothing to join"):
        laid.build(task, examples, Tokenizer.from_folder(tiny_trunk), None, joined_at=1)


def test_a_batch_to_pass_over_is_as_wide_as_what_is_written_too(rows: laid.Rows) -> None:
    """Short texts with long answers would else stand together by the thousand."""
    lengths = rows.layout.lengths
    assert (rows.widths == lengths).all()
    writing = replace(rows, sequences={"ids": [np.zeros(40, np.int64)] * len(lengths)})
    assert (writing.widths == np.maximum(lengths, 40)).all()
    assert (writing.widths != lengths).any()
