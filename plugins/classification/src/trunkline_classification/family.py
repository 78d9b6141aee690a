"""The native heads of transformers' families, as far as they can be told without torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from trunkline import InvalidInput

Family = Literal["bert", "roberta", "xlm-roberta", "distilbert", "modernbert", "deberta", "deberta-v2"]

PREFIXES: Mapping[Family, str] = {
    "bert": "bert.",
    "roberta": "roberta.",
    "xlm-roberta": "roberta.",
    "distilbert": "distilbert.",
    "modernbert": "model.",
    "deberta": "deberta.",
    "deberta-v2": "deberta.",
}
"""What transformers puts before the names of an encoder's tensors in a whole checkpoint."""

WITHOUT_LEADING_TOKEN = ("marian", "t5")
"""Families that put no special token before a text: the state of the first token is that of its first word."""


class NativeHead(BaseModel):
    """What of a family's config.json shapes its classification head; defaults as transformers has them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: Family
    dropout: float = 0.1  # before the last layer
    pooler_dropout: float = 0.0  # DeBERTa: before the pooler
    activation: str = "tanh"  # transformers' name of it
    pooling: Literal["cls", "mean"] = "cls"  # ModernBERT has both
    bias: bool = True  # of the dense layer
    norm_eps: float = 1e-5  # ModernBERT
    norm_bias: bool = False  # ModernBERT


def native_head(family: str, config: Mapping[str, Any]) -> NativeHead:
    """Read a family's head from its config.json. Raises `InvalidInput` for a family without one here."""
    if family == "modernbert":
        return NativeHead(
            family=family,
            dropout=config.get("classifier_dropout", 0.0),
            activation=config.get("classifier_activation", "gelu"),
            pooling=config.get("classifier_pooling", "cls"),
            bias=config.get("classifier_bias", False),
            norm_eps=config.get("norm_eps", 1e-5),
            norm_bias=config.get("norm_bias", False),
        )
    if family == "distilbert":
        return NativeHead(family=family, dropout=config.get("seq_classif_dropout", 0.2), activation="relu")
    if family in ("deberta", "deberta-v2"):
        return NativeHead(
            family=family,
            dropout=_first(config.get("cls_dropout"), config.get("hidden_dropout_prob"), 0.1),
            pooler_dropout=config.get("pooler_dropout", 0.0),
            activation=config.get("pooler_hidden_act", "gelu"),
        )
    if family in ("bert", "roberta", "xlm-roberta"):
        dropout = _first(config.get("classifier_dropout"), config.get("hidden_dropout_prob"), 0.1)
        return NativeHead(family=family, dropout=dropout)
    raise InvalidInput(
        f"there is no native classification head for the family {family!r} "
        f"(there is for {', '.join(PREFIXES)}); use pooling mean or first"
    )


def _first(*values: float | None) -> float:
    return next(value for value in values if value is not None)


def head_names(native: NativeHead) -> tuple[str, ...]:
    """Name the tensors of a native head, without the prefix of the encoder."""
    if native.family in ("roberta", "xlm-roberta"):
        dense, last = "classifier.dense", "classifier.out_proj"
    elif native.family == "distilbert":
        dense, last = "pre_classifier", "classifier"
    elif native.family == "modernbert":
        dense, last = "head.dense", "classifier"
    else:
        dense, last = "pooler.dense", "classifier"
    names = [f"{dense}.weight", *([f"{dense}.bias"] if native.bias else []), f"{last}.weight", f"{last}.bias"]
    if native.family == "modernbert":
        names += ["head.norm.weight", *(["head.norm.bias"] if native.norm_bias else [])]
    return tuple(names)


def checkpoint_names(native: NativeHead) -> dict[str, str]:
    """Map each tensor of a native head to its name in a transformers checkpoint.

    Only BERT keeps its pooler inside the encoder (`bert.pooler.dense.weight`).
    """
    inside = PREFIXES["bert"] if native.family == "bert" else ""
    return {name: f"{inside}{name}" if name.startswith("pooler.") else name for name in head_names(native)}


def check_pooling(pooling: str, family: str) -> None:
    """Raise `InvalidInput` for the first token's state where the trunk's first token is any word of the text."""
    if pooling == "first" and family in WITHOUT_LEADING_TOKEN:
        raise InvalidInput(
            f"pooling 'first' reads a leading special token, and trunks of the family {family!r} have none; use mean"
        )
