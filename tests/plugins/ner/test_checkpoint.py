"""Existing checkpoints: our head on transformers' hidden states gives transformers' own logits, in every family."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file

from trunkline import InvalidInput, TrunkInfo
from trunkline_ner.task import NerTask

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
SMALL: dict[str, Any] = {
    "vocab_size": 50,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
    "initializer_range": 0.3,
    "pad_token_id": 0,
}
DISTILBERT = {"vocab_size": 50, "dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32, "initializer_range": 0.3}
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("Bert", SMALL),
    "roberta": ("Roberta", SMALL),
    "xlm-roberta": ("XLMRoberta", SMALL),
    "distilbert": ("DistilBert", DISTILBERT),
    "deberta-v2": ("DebertaV2", {**SMALL, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]}),
    "modernbert": (
        "ModernBert",
        {**SMALL, "cls_token_id": 1, "sep_token_id": 2, "bos_token_id": 1, "eos_token_id": 2, "classifier_bias": True},
    ),
}


def trunk() -> TrunkInfo:
    return TrunkInfo(
        id="0", name="t", family="bert", n_layers=2, width=16, max_length=40, config={}, layer_hashes=("a",)
    )


@pytest.mark.parametrize("family", list(FAMILIES))
def test_the_imported_head_gives_transformers_own_logits(family: str, tmp_path: Path) -> None:
    prefix, settings = FAMILIES[family]
    torch.manual_seed(0)
    config = getattr(transformers, f"{prefix}Config")(**settings, id2label=dict(enumerate(TAGS)))
    model = getattr(transformers, f"{prefix}ForTokenClassification")(config).eval()
    model.save_pretrained(tmp_path)
    task = NerTask()
    assert task.import_suffixes[0] == "ForTokenClassification"
    head_config = task.imported_config(model.config.to_dict() | {"model_type": family}, trunk())
    assert head_config["tags"] == TAGS
    assert head_config["labels"] == ["LOC", "PER"]
    tensors = load_file(tmp_path / "model.safetensors")
    outside = [name for name in tensors if not name.startswith(f"{model.base_model_prefix}.")]
    head = task.build_head(head_config, 16).eval()
    names = task.imported_names(outside, head_config)
    head.load_state_dict({ours: tensors[theirs] for theirs, ours in names.items()})
    ids = torch.randint(3, 50, (3, 11))
    mask = torch.ones_like(ids)
    with torch.no_grad():
        hidden = model.base_model(ids, attention_mask=mask).last_hidden_state
        ours = head(hidden, mask.bool())["logits"]
        theirs = model(ids, attention_mask=mask).logits
    assert torch.allclose(ours, theirs, atol=1e-6)
    assert theirs.std() > 0.01


@pytest.mark.parametrize(
    ("tags", "scheme", "labels"),
    [
        (["O", "LOC", "PER"], "IO", ["LOC", "PER"]),
        (["B-LOC", "I-LOC", "O"], "IOB1", ["LOC"]),
        (["O", "B-LOC", "I-LOC", "L-LOC", "U-LOC"], "BILOU", ["LOC"]),
    ],
)
def test_the_scheme_of_the_checkpoints_tags_is_kept(tags: list[str], scheme: str, labels: list[str]) -> None:
    id2label = {str(index): tag for index, tag in enumerate(tags)}
    config = NerTask().imported_config({"model_type": "bert", "id2label": id2label}, trunk())
    assert (config["scheme"], config["labels"], config["tags"]) == (scheme, labels, tags)


def test_default_names_that_transformers_leaves_out_are_put_back() -> None:
    assert NerTask().imported_config({"model_type": "bert"}, trunk())["tags"] == ["LABEL_0", "LABEL_1"]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"model_type": "albert"}, "family 'albert' cannot be imported; known: bert"),
        ({"model_type": "bert", "id2label": {"0": "O", "2": "B-X"}}, "not numbered 0 to 1"),
        ({"model_type": "bert", "id2label": {"0": "B-X", "1": "LOC"}}, "'LOC' has no prefix"),
    ],
)
def test_what_cannot_be_imported_is_told(config: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        NerTask().imported_config(config, trunk())
