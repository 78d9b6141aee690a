"""The decoder's configuration out of a Hugging Face config.json."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from trunkline import InvalidInput

FAMILIES = ("marian", "m2m_100", "mbart", "bart", "t5")
ACTIVATIONS = {
    "relu": "relu",
    "gelu": "gelu",
    "gelu_new": "gelu_new",
    "gelu_pytorch_tanh": "gelu_new",
    "silu": "silu",
    "swish": "silu",
}
LAYOUTS: dict[str, dict[str, Any]] = {
    "marian": {"norm": "post", "positions": "sinusoidal", "output_bias": True},
    "m2m_100": {"norm": "pre", "positions": "tensor2tensor", "final_norm": True},
    "mbart": {"norm": "pre", "positions": "learned", "embedding_norm": True, "final_norm": True, "output_bias": True},
    "bart": {"norm": "post", "positions": "learned", "embedding_norm": True, "output_bias": True},
}
LEARNED_OFFSET = 2  # fairseq kept two rows of its learned positions for padding


def decoder_config(hf_config: Mapping[str, Any], tied: bool | None = None) -> dict[str, Any]:
    """Give the JSON that `build_decoder` takes for a checkpoint's config.json.

    A generation_config.json knows some token ids better: merge it over config.json beforehand. `tied` says whether
    the output projection is the embedding, where the tensors were looked at; else config.json is believed. Raises
    `InvalidInput` for what is not supported.
    """
    family = hf_config.get("model_type")
    if family not in FAMILIES:
        raise InvalidInput(f"a decoder of family {family!r} cannot be imported; known: {', '.join(FAMILIES)}")
    if hf_config.get("is_encoder_decoder") is False or hf_config.get("tie_encoder_decoder"):
        raise InvalidInput(
            f"this {family} checkpoint has no decoder of its own (is_encoder_decoder is false, or its layers are tied "
            "to the encoder's by tie_encoder_decoder); import one whose decoder stands beside its encoder"
        )
    config = _t5(hf_config) if family == "t5" else _bart_like(family, hf_config)
    return config if tied is None else {**config, "tied": tied}


def _bart_like(family: str, hf: Mapping[str, Any]) -> dict[str, Any]:
    offset = {"marian": 0, "m2m_100": _number(hf, "pad_token_id", 1) + 1}.get(family, LEARNED_OFFSET)
    shared = hf.get("share_encoder_decoder_embeddings", True)
    vocabulary = _number(hf, "vocab_size")
    return {
        "kind": "transformer",
        "vocabulary": vocabulary if shared else _number(hf, "decoder_vocab_size", vocabulary),
        "layers": _number(hf, "decoder_layers"),
        "heads": _number(hf, "decoder_attention_heads"),
        "feed_forward": _number(hf, "decoder_ffn_dim"),
        "activation": _activation(hf.get("activation_function", "gelu")),
        **LAYOUTS[family],
        "position_offset": offset,
        "max_positions": _number(hf, "max_position_embeddings"),
        "embedding_scale": math.sqrt(_number(hf, "d_model")) if _scaled(family, hf) else 1.0,
        "dropout": _share(hf, "dropout", 0.1),
        "attention_dropout": _share(hf, "attention_dropout", 0.0),
        "activation_dropout": _share(hf, "activation_dropout", 0.0),
        "tied": hf.get("tie_word_embeddings") is not False,
        "tokens": _tokens(hf),
    }


def _t5(hf: Mapping[str, Any]) -> dict[str, Any]:
    form = str(hf.get("feed_forward_proj", "relu"))
    gated, name = form.startswith("gated-"), form.removeprefix("gated-")
    # transformers: the original T5 ties and scales, version 1.1 does neither, and "gated-gelu" means gelu_new
    scaled = hf.get("scale_decoder_outputs", hf.get("tie_word_embeddings") is not False)
    return {
        "kind": "t5",
        "vocabulary": _number(hf, "vocab_size"),
        "layers": _number(hf, "num_decoder_layers", hf.get("num_layers")),
        "heads": _number(hf, "num_heads"),
        "head_width": _number(hf, "d_kv"),
        "feed_forward": _number(hf, "d_ff"),
        "activation": _activation("gelu_new" if form == "gated-gelu" else name),
        "gated": gated,
        "buckets": _number(hf, "relative_attention_num_buckets", 32),
        "max_distance": _number(hf, "relative_attention_max_distance", 128),
        "scale_output": bool(scaled),
        "norm_epsilon": _share(hf, "layer_norm_epsilon", 1e-6),
        **dict.fromkeys(("dropout", "attention_dropout", "activation_dropout"), _share(hf, "dropout_rate", 0.1)),
        "tied": bool(scaled),
        "tokens": _tokens(hf),
    }


def _scaled(family: str, hf: Mapping[str, Any]) -> bool:
    return bool(hf.get("scale_embedding", family == "m2m_100"))


def _tokens(hf: Mapping[str, Any]) -> dict[str, Any]:
    eos, pad = _one(hf, "eos_token_id"), _one(hf, "pad_token_id")
    if eos is None or pad is None:
        raise InvalidInput("config.json names no eos_token_id or no pad_token_id: a translation could not end")
    # transformers' `generate` starts with bos where no start is named
    start = next(
        (found for found in (_one(hf, "decoder_start_token_id"), _one(hf, "bos_token_id")) if found is not None), pad
    )
    return {
        "start": start,
        "eos": eos,
        "pad": pad,
        "bos": _one(hf, "bos_token_id"),
        "forced_bos": _one(hf, "forced_bos_token_id"),
        "forced_eos": _one(hf, "forced_eos_token_id"),
        "forbidden": _forbidden(hf.get("bad_words_ids") or []),
    }


def _forbidden(words: Any) -> list[int]:
    if not isinstance(words, list) or any(not isinstance(word, list) or len(word) != 1 for word in words):
        raise InvalidInput(f"bad_words_ids {words!r:.80}: only single tokens can be forbidden; remove the longer ones")
    return [int(word[0]) for word in words]


def _one(hf: Mapping[str, Any], name: str) -> int | None:
    value = hf.get(name)
    if isinstance(value, list):
        if len(value) != 1:
            raise InvalidInput(f"config.json, {name}: {value!r:.80} are {len(value)} ids, one is supported")
        value = value[0]
    return None if value is None else _number({name: value}, name)


def _number(hf: Mapping[str, Any], name: str, default: Any = None) -> int:
    value = default if hf.get(name) is None else hf[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(f"config.json, {name}: {value!r:.80} is no whole number")
    return value


def _share(hf: Mapping[str, Any], name: str, default: float) -> float:
    value = default if hf.get(name) is None else hf[name]
    if not isinstance(value, int | float):
        raise InvalidInput(f"config.json, {name}: {value!r:.80} is no number")
    return float(value)


def _activation(name: Any) -> str:
    if not isinstance(name, str) or name not in ACTIVATIONS:
        raise InvalidInput(
            f"config.json: activation {str(name)!r:.80} is not supported; known: {', '.join(ACTIVATIONS)}"
        )
    return ACTIVATIONS[name]
