"""What a Hugging Face checkpoint calls the decoder's tensors, and what we call them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from trunkline import InvalidInput

ATTENTION = {"query": "q_proj", "key": "k_proj", "value": "v_proj", "out": "out_proj"}
T5_ATTENTION = {"query": "q", "key": "k", "value": "v", "out": "o"}
PARTS = {
    "own_norm": "self_attn_layer_norm",
    "cross_norm": "encoder_attn_layer_norm",
    "feed_forward.inner": "fc1",
    "feed_forward.outer": "fc2",
    "feed_forward_norm": "final_layer_norm",
}
EMBEDDINGS = ("decoder.embed_tokens.weight", "shared.weight")
"""Where a decoder's embedding can lie, its own before the one shared with the encoder."""


def hub_names(config: Mapping[str, Any]) -> dict[str, str]:
    """Map every tensor of the decoder that `config` describes to transformers' name of it.

    The embedding is `...decoder.embed_tokens.weight`. Raises `InvalidInput` for a decoder that transformers lacks.
    """
    if config["kind"] == "ssru":
        raise InvalidInput("transformers has no decoder with SSRU cells: this version has no Hugging Face form")
    names = _t5(config) if config["kind"] == "t5" else _bart_like(config)
    if not config["tied"]:
        names["output.weight"] = "lm_head.weight"
    if config.get("output_bias"):
        names["output.bias"] = "final_logits_bias"
    return names


def tensor_names(names: Iterable[str], config: Mapping[str, Any]) -> dict[str, str]:
    """Map those of a checkpoint's tensors that are the decoder's to ours; the others are left out.

    Raises `InvalidInput` that names the first tensor which is missing. A bias of the output may be: it is zero then.
    """
    present = set(names)
    found = {}
    for ours, theirs in hub_names(config).items():
        candidates = _candidates(theirs)
        name = next((candidate for candidate in candidates if candidate in present), None)
        if name is not None:
            found[name] = ours
        elif ours != "output.bias":
            raise InvalidInput(f"the checkpoint lacks {theirs}: it is incomplete, or config.json belongs to another")
    return found


def _candidates(theirs: str) -> list[str]:
    prefix = "model." if theirs.startswith("model.") else ""
    if theirs.removeprefix(prefix) not in EMBEDDINGS:
        return [theirs]
    return [prefix + name for name in EMBEDDINGS] + ["lm_head.weight"]


def _bart_like(config: Mapping[str, Any]) -> dict[str, str]:
    names = {"embedding.tokens.weight": f"model.{EMBEDDINGS[0]}"}
    if config["positions"] == "learned":
        names["embedding.positions.weight"] = "model.decoder.embed_positions.weight"
    norms = [("embedding_norm", "embedding.norm", "layernorm_embedding"), ("final_norm", "final_norm", "layer_norm")]
    for flag, ours, theirs in norms:
        if config.get(flag):
            names.update(_both(ours, f"model.decoder.{theirs}"))
    for index in range(config["layers"]):
        ours, theirs = f"layers.{index}", f"model.decoder.layers.{index}"
        for part, name in PARTS.items():
            names.update(_both(f"{ours}.{part}", f"{theirs}.{name}"))
        for part, name in ATTENTION.items():
            names.update(_both(f"{ours}.own.{part}", f"{theirs}.self_attn.{name}"))
            names.update(_both(f"{ours}.cross.{part}", f"{theirs}.encoder_attn.{name}"))
    return names


def _both(ours: str, theirs: str) -> dict[str, str]:
    return {f"{ours}.{kind}": f"{theirs}.{kind}" for kind in ("weight", "bias")}


def _t5(config: Mapping[str, Any]) -> dict[str, str]:
    names = {
        "embedding.tokens.weight": EMBEDDINGS[0],
        "relative.weight": "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
        "final_norm.weight": "decoder.final_layer_norm.weight",
    }
    dense = {"inner": "wi_0", "gate": "wi_1"} if config["gated"] else {"inner": "wi"}
    dense["outer"] = "wo"
    for index in range(config["layers"]):
        ours, theirs = f"layers.{index}", f"decoder.block.{index}.layer"
        for place, part in enumerate(("own", "cross", "feed_forward")):
            names[f"{ours}.{part}_norm.weight"] = f"{theirs}.{place}.layer_norm.weight"
        for part, name in T5_ATTENTION.items():
            names[f"{ours}.own.{part}.weight"] = f"{theirs}.0.SelfAttention.{name}.weight"
            names[f"{ours}.cross.{part}.weight"] = f"{theirs}.1.EncDecAttention.{name}.weight"
        for part, name in dense.items():
            names[f"{ours}.feed_forward.{part}.weight"] = f"{theirs}.2.DenseReluDense.{name}.weight"
    return names
