"""A trunk's encoder and our decoder as one model of transformers, for engines that convert those."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import torch

from trunkline import InvalidInput
from trunkline_translation.decoders.hub import LAYOUTS
from trunkline_translation.decoders.names import hub_names

CLASSES = {
    "marian": "MarianMTModel",
    "m2m_100": "M2M100ForConditionalGeneration",
    "mbart": "MBartForConditionalGeneration",
    "bart": "BartForConditionalGeneration",
    "t5": "T5ForConditionalGeneration",
}
BY_FORMULA = "embed_positions"  # transformers makes sinusoids itself
SHARED = ("model.shared.weight", "shared.weight")
"""What each side has of its own here: transformers' third is used by neither."""


def hub_model(encoder: Any, decoder: torch.nn.Module, config: Mapping[str, Any]) -> Any:
    """Give transformers' model in float32 of its own `encoder` and our `decoder`, whose JSON is `config`.

    Nothing is tied: either side may have been tuned. Raises `InvalidInput` for a decoder that the encoder's family
    has not.
    """
    family = encoder.config.model_type
    if not _fits(family, config):
        kind = "SSRU cells" if config["kind"] == "ssru" else "this layout"
        raise InvalidInput(f"transformers' {family} has no decoder with {kind}")
    names = hub_names(config)
    described = _t5(encoder, config) if family == "t5" else _bart_like(encoder, config)
    model = getattr(import_module("transformers"), CLASSES[family])(described)
    own = decoder.state_dict()
    state = {theirs: own[ours].float() for ours, theirs in names.items()}
    state["lm_head.weight"] = own["embedding.tokens.weight" if config["tied"] else "output.weight"].float()
    side = "encoder." if family == "t5" else "model.encoder."
    state |= {f"{side}{name}": tensor.float() for name, tensor in encoder.state_dict().items()}
    if "final_logits_bias" in state:
        state["final_logits_bias"] = state["final_logits_bias"].reshape(1, -1)
    found = model.load_state_dict(state, strict=False, assign=True)
    lacking = [name for name in found.missing_keys if BY_FORMULA not in name and name not in SHARED]
    lacking = [name for name in lacking if name != "final_logits_bias"]  # zeros where there is none
    if lacking or found.unexpected_keys:
        raise InvalidInput(f"transformers' {family} has other tensors: {[*lacking, *found.unexpected_keys][:5]}")
    return model.eval()


def _fits(family: str, config: Mapping[str, Any]) -> bool:
    if family == "t5" or config["kind"] == "t5":
        return bool(family == config["kind"])
    layout = LAYOUTS.get(family)
    if layout is None or config["kind"] != "transformer":
        return False
    positions = {layout["positions"], *(["learned"] if family == "marian" else [])}  # a table of the checkpoint's own
    norms = all(bool(config.get(name)) == bool(layout.get(name)) for name in ("embedding_norm", "final_norm"))
    return bool(norms and config["norm"] == layout["norm"] and config["positions"] in positions)


def _bart_like(encoder: Any, config: Mapping[str, Any]) -> Any:
    size = encoder.embed_tokens.weight.shape[0]
    tokens = config["tokens"]
    sizes = {
        "decoder_vocab_size": config["vocabulary"],
        "share_encoder_decoder_embeddings": size == config["vocabulary"],
    }
    return type(encoder.config)(
        **{
            **encoder.config.to_dict(),
            **(sizes if encoder.config.model_type == "marian" else {}),
            "encoder_layers": len(encoder.layers),
            "decoder_layers": config["layers"],
            "decoder_attention_heads": config["heads"],
            "decoder_ffn_dim": config["feed_forward"],
            "eos_token_id": tokens["eos"],
            "decoder_start_token_id": tokens["start"],
            "is_encoder_decoder": True,
            "tie_word_embeddings": False,
        }
    )


def _t5(encoder: Any, config: Mapping[str, Any]) -> Any:
    tokens = config["tokens"]
    described = type(encoder.config)(
        **{
            **encoder.config.to_dict(),
            "num_layers": len(encoder.block),
            "num_decoder_layers": config["layers"],
            "eos_token_id": tokens["eos"],
            "decoder_start_token_id": tokens["start"],
            "is_encoder_decoder": True,
        }
    )
    described.scale_decoder_outputs = config["scale_output"]
    return described
