"""Native heads against transformers' own models, both ways, on tiny random configurations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import transformers as hf

from trunkline import InvalidInput, TrunkInfo
from trunkline_classification.checkpoint import export_config, export_head, imported_config, imported_names
from trunkline_classification.config import ClassifierConfig
from trunkline_classification.head import build_head
from trunkline_classification.native import activation

SIZES = {
    "vocab_size": 40,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 32,
    "initializer_range": 0.3,
    "pad_token_id": 0,
    "num_labels": 4,
}
DISTIL = {"vocab_size": 40, "dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 24, "pad_token_id": 0}
MODERN = {**SIZES, "cls_token_id": 1, "sep_token_id": 2, "bos_token_id": 1, "eos_token_id": 2}
CONFIGS: dict[str, Callable[[], Any]] = {
    "bert": lambda: hf.BertConfig(**SIZES, classifier_dropout=0.2),
    "roberta": lambda: hf.RobertaConfig(**SIZES),
    "xlm-roberta": lambda: hf.XLMRobertaConfig(**SIZES),
    "distilbert": lambda: hf.DistilBertConfig(**DISTIL, num_labels=4, initializer_range=0.3),
    "modernbert-cls": lambda: hf.ModernBertConfig(**MODERN),
    "modernbert-mean": lambda: hf.ModernBertConfig(
        **MODERN, classifier_pooling="mean", classifier_bias=True, norm_bias=True, classifier_activation="silu"
    ),
    "deberta": lambda: hf.DebertaConfig(**SIZES, relative_attention=True, pos_att_type=["c2p", "p2c"]),
    "deberta-v2": lambda: hf.DebertaV2Config(**SIZES, relative_attention=True, pooler_hidden_act="tanh"),
}


@pytest.fixture(scope="module", params=CONFIGS)
def model(request: pytest.FixtureRequest) -> Any:
    torch.manual_seed(0)
    made = hf.AutoModelForSequenceClassification.from_config(CONFIGS[request.param]()).eval()
    for parameter in made.parameters():  # biases and norms start at 0 and 1: make each tensor tell
        torch.nn.init.normal_(parameter, std=0.3)
    return made


def trunk_of(model: Any) -> TrunkInfo:
    config = model.config
    return TrunkInfo(
        id="0",
        name="tiny",
        family=config.model_type,
        n_layers=2,
        width=16,
        max_length=32,
        config=config.to_dict(),
        layer_hashes=(),
    )


def outside(model: Any) -> dict[str, torch.Tensor]:
    """Give the tensors outside the encoder that we load: BERT's pooler counts as outside."""
    prefix = model.base_model_prefix + "."
    tensors = model.state_dict().items()
    return {name: value for name, value in tensors if not name.startswith(prefix) or ".pooler." in name}


def inputs() -> tuple[torch.Tensor, torch.Tensor]:
    ids = torch.randint(3, 40, (3, 12))
    mask = torch.arange(12) < torch.tensor([[12], [7], [2]])
    return ids.masked_fill(~mask, 0), mask


@torch.no_grad()
def both(model: Any, head: torch.nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    ids, mask = inputs()
    hidden = model.base_model(input_ids=ids, attention_mask=mask.long())[0]
    return head(hidden, mask)["logits"], model(input_ids=ids, attention_mask=mask.long()).logits


def imported(model: Any) -> tuple[ClassifierConfig, torch.nn.Module]:
    config = imported_config(model.config.to_dict(), trunk_of(model))
    tensors = outside(model)
    names = imported_names(list(tensors), config)
    head = build_head(config, 16).eval()
    head.load_state_dict({ours: tensors[theirs] for theirs, ours in names.items()})
    return config, head


def test_imported_logits_equal_transformers(model: Any) -> None:
    _, head = imported(model)
    ours, theirs = both(model, head)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)


def test_imported_dropout_equals_transformers(model: Any) -> None:
    _, head = imported(model)
    encoder = ("layer", "embedding", "encoder")
    theirs = sorted(
        part.p
        for name, part in model.named_modules()
        if "Dropout" in type(part).__name__ and not any(word in name for word in encoder)
    )
    ours = sorted(part.p for part in head.modules() if isinstance(part, torch.nn.Dropout))
    assert [p for p in ours if p] == [p for p in theirs if p]


def test_exported_head_is_transformers(model: Any) -> None:
    """A head made here, written under transformers' names, gives the same logits there."""
    config, head = imported(model)
    fresh = build_head(config, 16).eval()
    exported = export_head(fresh.state_dict(), config)
    missing, unexpected = model.load_state_dict(exported, strict=False)
    assert not unexpected
    assert not set(missing) & set(outside(model))
    ours, theirs = both(model, fresh)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)
    model.load_state_dict(export_head(head.state_dict(), config), strict=False)


def test_exported_labels_are_read_back(model: Any) -> None:
    config, _ = imported(model)
    again = imported_config({**model.config.to_dict(), **export_config(config)}, trunk_of(model))
    assert again == config


def test_a_pooled_head_is_not_transformers() -> None:
    with pytest.raises(InvalidInput, match="pooling native"):
        export_head({}, ClassifierConfig(labels=("a", "b")))


@pytest.mark.parametrize("name", ["gelu", "gelu_new", "gelu_pytorch_tanh", "mish", "relu", "sigmoid", "silu", "tanh"])
def test_activations_equal_transformers(name: str) -> None:
    values = torch.linspace(-4, 4, 50)
    torch.testing.assert_close(activation(name)(values), hf.activations.ACT2FN[name](values))


def test_an_unknown_activation_is_refused() -> None:
    with pytest.raises(InvalidInput, match="'xielu'"):
        activation("xielu")
