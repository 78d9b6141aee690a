"""Existing checkpoints: our head on transformers' hidden states gives transformers' own logits, but for a constant."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file

import tiny
import trunkline
from trunkline import InvalidInput, Settings, TrunkInfo
from trunkline.tuning.importing import import_model
from trunkline_qa.checkpoint import FAMILIES
from trunkline_qa.task import QuestionAnsweringTask

SMALL: dict[str, Any] = {
    "vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
    "max_position_embeddings": 40, "initializer_range": 0.3, "pad_token_id": 0,
}  # fmt: skip
DISTILBERT = {"vocab_size": 50, "dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32, "initializer_range": 0.3}
MADE: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("Bert", SMALL),
    "roberta": ("Roberta", SMALL),
    "xlm-roberta": ("XLMRoberta", SMALL),
    "camembert": ("Camembert", SMALL),
    "distilbert": ("DistilBert", DISTILBERT),
    "deberta-v2": ("DebertaV2", {**SMALL, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]}),
}
TRUNK = TrunkInfo(id="0", name="t", family="bert", n_layers=2, width=16, max_length=40, config={}, layer_hashes=("a",))


@pytest.mark.parametrize("family", list(MADE))
def test_the_imported_head_scores_as_transformers_does(family: str, tmp_path: Path) -> None:
    prefix, settings = MADE[family]
    torch.manual_seed(0)
    model = getattr(transformers, f"{prefix}ForQuestionAnswering")(
        getattr(transformers, f"{prefix}Config")(**settings)
    ).eval()
    model.save_pretrained(tmp_path)
    task = QuestionAnsweringTask()
    config = task.imported_config(model.config.to_dict() | {"model_type": family}, TRUNK)
    tensors = load_file(tmp_path / "model.safetensors")
    outside = [name for name in tensors if not name.startswith(f"{model.base_model_prefix}.")]
    head = task.build_head(config, 16).eval()
    names = task.imported_names(outside, config)
    head.load_state_dict({ours: tensors[theirs] for theirs, ours in names.items()})
    ids = torch.randint(3, 50, (3, 11))
    mask = torch.ones_like(ids)
    with torch.no_grad():
        ours = head(model.base_model(ids, attention_mask=mask).last_hidden_state, mask.bool())
        theirs = model(ids, attention_mask=mask)
    for mine, logits in ((ours["starts"], theirs.start_logits), (ours["ends"], theirs.end_logits)):
        assert torch.allclose(mine, logits - logits[:, :1], atol=1e-5)
        assert logits.std() > 0.01


def test_a_family_with_another_head_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"family 'xlnet' cannot be imported; known: bert, "):
        QuestionAnsweringTask().imported_config({"model_type": "xlnet"}, TRUNK)
    assert set(MADE) <= set(FAMILIES)


def test_an_imported_version_answers_as_the_checkpoint_would(tmp_path: Path) -> None:
    """Best span of transformers' own logits over the context's words, each one token, held against ours."""
    folder = tmp_path / "squad-bert"
    folder.mkdir()
    torch.manual_seed(1)
    vocabulary = tiny.write_tokenizer(folder)
    small = {**SMALL, "vocab_size": vocabulary, "max_position_embeddings": 64, "initializer_range": 0.5}
    model = transformers.BertForQuestionAnswering(transformers.BertConfig(**small)).eval()
    model.save_pretrained(folder)
    settings = Settings(home=tmp_path / "home", threads=1)
    version = import_model("qa/desk", folder, settings)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    asked = [("where ?", "ada met charles in london on monday ."), ("thank you", "my card is lost , please help .")]
    with trunkline.load(version.reference, settings) as loaded:
        for question, context in asked:
            pair = tokenizer(question, context, return_tensors="pt", return_offsets_mapping=True)
            offsets, sides = pair.pop("offset_mapping")[0].tolist(), pair.sequence_ids(0)
            behind = sides.index(1)  # the second side opens here, and its special token belongs to it
            pair["token_type_ids"] = torch.tensor([[int(place >= behind) for place in range(len(sides))]])
            with torch.no_grad():
                said = model(**pair)
            above = said.start_logits[0] - said.start_logits[0, 0], said.end_logits[0] - said.end_logits[0, 0]
            inside = [place for place, side in enumerate(sides) if side == 1]
            total, first, last = max(
                (float(above[0][i] + above[1][j]), i, j) for i in inside for j in inside if i <= j < i + 30
            )
            best = loaded.predict(question, context=context).answers[0]
            assert (best.start, best.end) == (offsets[first][0], offsets[last][1])
            assert best.score == pytest.approx(1 / (1 + math.exp(-total)), abs=1e-5)
