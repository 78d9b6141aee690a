"""Fine-tuned `...ForTokenClassification` checkpoints of transformers: their tags, and their own heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trunkline import HeadConfig, InvalidInput
from trunkline_ner import schemes

_PREDICTION_HEADS = ("modernbert",)  # families with a dense layer and a norm before the classifier
_LINEAR = ("bert", "roberta", "xlm-roberta", "camembert", "distilbert", "deberta", "deberta-v2")


def head_config(hf_config: Mapping[str, Any]) -> dict[str, Any]:
    """Give the head's configuration from a checkpoint's config.json.

    Raises `InvalidInput` for a family whose head is not known here, and for tags that mix two styles.
    """
    family = hf_config.get("model_type")
    if family not in (*_LINEAR, *_PREDICTION_HEADS):
        known = ", ".join((*_LINEAR, *_PREDICTION_HEADS))
        raise InvalidInput(f"token-classification checkpoints of family {family!r} cannot be imported; known: {known}")
    tags = _tags(hf_config)
    try:
        scheme = schemes.detect(tags)
    except ValueError as error:
        raise InvalidInput(f"the checkpoint's id2label: {error}") from error
    labels = sorted({label for _, label in map(schemes.role, tags) if label})
    config = {
        "labels": labels,
        "tags": tags,
        "scheme": str(scheme),
        "joined_words": False,  # words as transformers' own pipeline sees them
        "layout": "linear",
        "dropout": _dropout(hf_config),
    }
    return {**config, **_prediction_head(hf_config)} if family in _PREDICTION_HEADS else config


def tensor_names(names: Sequence[str], config: HeadConfig) -> dict[str, str]:
    """Map the checkpoint's tensors to the head's, which go by the same names; what is not the head's is left out."""
    parts = ("classifier.", "head.") if config["layout"] == "prediction_head" else ("classifier.",)
    return {name: name for name in names if name.startswith(parts)}


def _tags(hf_config: Mapping[str, Any]) -> list[str]:
    """Give the tags in the order of the logits; transformers leaves its default names out of the file."""
    named = hf_config.get("id2label")
    if not named:
        return [f"LABEL_{index}" for index in range(int(hf_config.get("num_labels") or 2))]
    by_number = {int(index): str(tag) for index, tag in named.items()}
    if sorted(by_number) != list(range(len(by_number))):
        raise InvalidInput(f"the checkpoint's id2label is not numbered 0 to {len(by_number) - 1}")
    return [by_number[index] for index in range(len(by_number))]


def _dropout(hf_config: Mapping[str, Any]) -> float:
    for key in ("classifier_dropout", "hidden_dropout_prob", "dropout"):
        if hf_config.get(key) is not None:
            return float(hf_config[key])
    return 0.1


def _prediction_head(hf_config: Mapping[str, Any]) -> dict[str, Any]:
    """Give what ModernBERT's own head needs; defaults are transformers' own for what the file leaves out."""
    return {
        "layout": "prediction_head",
        "dense_bias": bool(hf_config.get("classifier_bias", False)),
        "activation": str(hf_config.get("classifier_activation", "gelu")),
        "norm_bias": bool(hf_config.get("norm_bias", False)),
        "norm_eps": float(hf_config.get("norm_eps", 1e-5)),
    }
