"""A Bergamot folder made into a Hugging Face folder, whose encoder is a trunk, with a decoder beside it.

config.json              transformers' MarianConfig: sizes, and the ids of `</s>` and `<pad>`
tokenizer.json           the source's tokenizer; the target's too where there is one vocabulary
tokenizer_config.json    its special tokens, and the longest input
model.safetensors        the encoder in float32, as transformers' Marian names it, with Marian's table of positions
decoder.json             what `trunkline_translation.decoders.build_decoder` makes
decoder.safetensors      its state in float32
target_tokenizer.json    only where the target has a vocabulary of its own
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkline import EnvironmentFault
from trunkline_translation.bergamot.architecture import Architecture
from trunkline_translation.bergamot.binary import Binary, read_binary
from trunkline_translation.bergamot.folder import BergamotFolder, find
from trunkline_translation.bergamot.parameters import check_complete, decoder_parameters, encoder_parameters
from trunkline_translation.bergamot.vocabulary import END, tokenizer_json

DECODER, DECODER_WEIGHTS = "decoder.json", "decoder.safetensors"
TARGET_TOKENIZER = "target_tokenizer.json"
POSITIONS = 512
EPSILON = 1e-6  # of the decoder's norms, as Marian's; transformers' Marian encoder always has 1e-5
DROPOUT = 0.0
"""While it is tuned: these models are trained without (Mozilla's firefox-translations-training, student.tiny.yml and
student.train.yml name none, and Marian's default is 0). With 0.1 the loss on training rows is several times
as high, and a model that goes on from one loses part of what it knew."""
NEVER = -100.0  # the bias of padding, which is thereby as good as absent from every distribution

Tensors = dict[str, NDArray[np.float32]]


def convert(source: Path, destination: Path) -> None:
    """Read the Bergamot model in `source` and write it to `destination` as a Hugging Face folder.

    Both sides get one token more than the model has, `<pad>`, whose embedding is zero: with it the decoder starts, as
    Marian starts from zeros, and never writes it. transformers computes the encoder's norms with an epsilon of 1e-5
    where Marian has 1e-6. Raises `InvalidInput` where files are absent, damaged or of another architecture,
    `EnvironmentFault` where the disk does not give or take them.
    """
    files = find(source)
    model = read_binary(files.model)
    plan = Architecture.of(model.settings(), files.model)
    tokenizers = _tokenizers(files, plan)
    encoder, decoder = _tensors(model, plan)
    texts = {
        "config.json": _json(encoder_config(plan)),
        "tokenizer_config.json": _json(_tokenizer_config()),
        DECODER: _json(decoder_config(plan)),
        **tokenizers,
    }
    _write(destination, texts, {"model.safetensors": encoder, DECODER_WEIGHTS: decoder})


def encoder_config(plan: Architecture) -> dict[str, Any]:
    """Give config.json for transformers' MarianConfig.

    Only the encoder is transformers' to make: its decoders have no SSRU, and what is said of one here is its size.
    """
    return {
        "model_type": "marian",
        "architectures": ["MarianModel"],
        "is_encoder_decoder": True,
        "vocab_size": plan.vocabulary + 1,
        "d_model": plan.width,
        "encoder_layers": plan.encoder_layers,
        "encoder_attention_heads": plan.heads,
        "encoder_ffn_dim": plan.ffn,
        "decoder_layers": plan.decoder_layers,
        "decoder_attention_heads": plan.heads,
        "decoder_ffn_dim": plan.decoder_ffn,
        "activation_function": plan.activation,
        "scale_embedding": True,
        "max_position_embeddings": POSITIONS,
        "dropout": DROPOUT,
        "eos_token_id": END,
        "pad_token_id": plan.vocabulary,
        "decoder_start_token_id": plan.vocabulary,
        "forced_eos_token_id": END,
    }


def decoder_config(plan: Architecture) -> dict[str, Any]:
    """Give the decoder's description for `trunkline_translation.decoders.build_decoder`."""
    padding = plan.target_vocabulary
    return {
        "kind": "ssru",
        "vocabulary": plan.target_vocabulary + 1,
        "layers": plan.decoder_layers,
        "heads": plan.heads,
        "feed_forward": plan.decoder_ffn,
        "activation": plan.activation,
        "norm": "post",
        "norm_epsilon": EPSILON,
        "positions": "tensor2tensor",
        "max_positions": POSITIONS,
        "embedding_scale": math.sqrt(plan.width),
        "dropout": DROPOUT,
        "tied": plan.tied_output,
        "output_bias": True,
        "tokens": {"start": padding, "eos": END, "pad": padding, "forced_eos": END, "forbidden": [padding]},
    }


def positions(count: int, width: int) -> NDArray[np.float32]:
    """Give Marian's table (count, width): sines, then cosines, of frequencies from 1 to 1 / 10,000, both included.

    After `sinusoidalPositionEmbeddings` in Marian's src/graph/node_initializers.cpp; transformers' own table goes from
    1 to just above 1 / 10,000.
    """
    half = width // 2
    frequencies = np.exp(np.arange(half) * (-math.log(10000.0) / max(half - 1, 1)))
    angles = np.arange(count)[:, None] * frequencies
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def _tokenizers(files: BergamotFolder, plan: Architecture) -> dict[str, str]:
    source = {"tokenizer.json": tokenizer_json(files.source_vocabulary, plan.vocabulary)}
    target = tokenizer_json(files.target_vocabulary, plan.target_vocabulary)
    return source if files.one_vocabulary else {**source, TARGET_TOKENIZER: target}


def _tokenizer_config() -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": POSITIONS,
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "pad_token": "<pad>",
    }


def _tensors(model: Binary, plan: Architecture) -> tuple[Tensors, Tensors]:
    inside, outside = encoder_parameters(plan), decoder_parameters(plan)
    check_complete(model, inside + outside)
    encoder = {each.ours: each.value(model) for each in inside}
    decoder = {each.ours: each.value(model) for each in outside}
    embeddings = ((encoder, "model.encoder.embed_tokens.weight"), (decoder, "embedding.tokens.weight"))
    for tensors, name in (*embeddings, (decoder, "output.weight")):
        if name in tensors:
            tensors[name] = np.concatenate([tensors[name], np.zeros((1, plan.width), np.float32)])
    bias = decoder.get("output.bias", np.zeros(plan.target_vocabulary, np.float32))
    decoder["output.bias"] = np.append(bias, np.float32(NEVER))[None]
    encoder["model.encoder.embed_positions.weight"] = positions(POSITIONS, plan.width)
    return encoder, decoder


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _write(destination: Path, texts: Mapping[str, str], weights: Mapping[str, Tensors]) -> None:
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    try:
        destination.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (destination / name).write_text(text, encoding="utf-8")
        for name, tensors in weights.items():
            save_file(tensors, destination / name, metadata={"format": "pt"})
    except (OSError, SafetensorError) as error:
        raise EnvironmentFault(f"the converted model cannot be written to {destination}: {error}") from error
