"""Tiny random models of every family, in float64, beside our decoders with their weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    M2M100Config,
    M2M100ForConditionalGeneration,
    MarianConfig,
    MarianMTModel,
    MBartConfig,
    MBartForConditionalGeneration,
    PreTrainedModel,
    T5Config,
    T5ForConditionalGeneration,
)
from transformers.modeling_outputs import BaseModelOutput

from trunkline_translation.decoders import build_decoder, imported
from trunkline_translation.decoders.decoder import Decoder

WIDTH, VOCABULARY = 16, 41
BART = {
    "vocab_size": VOCABULARY,
    "d_model": WIDTH,
    "encoder_layers": 1,
    "decoder_layers": 2,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 8,
    "decoder_ffn_dim": 24,
    "max_position_embeddings": 80,
    "init_std": 0.5,
    "decoder_start_token_id": 2,
}
T5 = {
    "vocab_size": VOCABULARY,
    "d_model": WIDTH,
    "d_kv": 6,
    "d_ff": 24,
    "num_layers": 1,
    "num_decoder_layers": 2,
    "num_heads": 3,
    "relative_attention_num_buckets": 8,
    "relative_attention_max_distance": 20,
    "decoder_start_token_id": 0,
}
MARIAN = {**BART, "pad_token_id": 40, "decoder_start_token_id": 40, "eos_token_id": 0, "forced_eos_token_id": 0}
MODELS: dict[str, tuple[type[PreTrainedModel], Any, dict[str, Any]]] = {
    "marian": (MarianMTModel, MarianConfig, {**MARIAN, "activation_function": "swish", "scale_embedding": True}),
    "marian-apart": (
        MarianMTModel,
        MarianConfig,
        {**MARIAN, "share_encoder_decoder_embeddings": False, "decoder_vocab_size": VOCABULARY, "vocab_size": 50},
    ),
    "m2m_100": (M2M100ForConditionalGeneration, M2M100Config, {**BART}),
    "mbart": (MBartForConditionalGeneration, MBartConfig, {**BART, "scale_embedding": True}),
    "bart": (BartForConditionalGeneration, BartConfig, {**BART}),
    "bart-untied": (BartForConditionalGeneration, BartConfig, {**BART, "tie_word_embeddings": False}),
    "t5": (T5ForConditionalGeneration, T5Config, {**T5}),
    "t5-gated": (T5ForConditionalGeneration, T5Config, {**T5, "feed_forward_proj": "gated-gelu"}),
    "t5-1.1": (
        T5ForConditionalGeneration,
        T5Config,
        {**T5, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
    ),
}


@dataclass
class Pair:
    """A model of transformers and our decoder with the same weights, both in float64 and evaluation mode."""

    model: PreTrainedModel
    decoder: Decoder
    config: dict[str, Any]

    def reference(self, memory: Tensor, seen: Tensor, ids: Tensor) -> Tensor:
        """Give transformers' logits for a decoder input."""
        with torch.no_grad():
            states = BaseModelOutput(last_hidden_state=memory)
            out = self.model(encoder_outputs=states, attention_mask=seen.long(), decoder_input_ids=ids, use_cache=False)
        logits: Tensor = out.logits
        return logits


def make(name: str) -> Pair:
    kind, config, values = MODELS[name]
    torch.manual_seed(11)
    model = kind(config(**values))
    if name == "t5-1.1":  # transformers ties in memory, but loads an output of its own where a checkpoint has one
        model.lm_head.weight = torch.nn.Parameter(torch.randn(VOCABULARY, WIDTH))
    with torch.no_grad():
        for parameter in model.parameters():  # so that norms and biases take part; Marian's sinusoids are frozen
            parameter.add_(0.3 * torch.randn_like(parameter) * parameter.requires_grad)
        if hasattr(model, "final_logits_bias"):
            model.final_logits_bias.normal_()
    model = model.double().eval()
    tensors = {key: tensor.contiguous() for key, tensor in model.state_dict().items()}
    made, state = imported(model.config.to_dict(), {key: tensor.float() for key, tensor in tensors.items()})
    decoder = build_decoder(made, WIDTH).double().eval()
    decoder.load_state_dict({key: tensor.double() for key, tensor in state.items()})
    model.load_state_dict({key: tensor.float().double() for key, tensor in tensors.items()})
    return Pair(model, decoder, made)


SSRU = {
    "kind": "ssru",
    "vocabulary": VOCABULARY,
    "layers": 2,
    "heads": 4,
    "feed_forward": 24,
    "activation": "relu",
    "norm": "post",
    "positions": "tensor2tensor",
    "max_positions": 30,
    "embedding_scale": 4.0,
    "norm_epsilon": 1e-6,
    "output_bias": True,
    "tokens": {"start": -1, "eos": 0, "pad": 0},
}
