"""Configurations of Hugging Face, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from decoder_pairs import Pair

from trunkline import InvalidInput
from trunkline_translation.decoders import build_decoder, decoder_config

MARIAN: dict[str, Any] = {
    "model_type": "marian",
    "vocab_size": 58101,
    "d_model": 512,
    "decoder_layers": 6,
    "decoder_attention_heads": 8,
    "decoder_ffn_dim": 2048,
    "max_position_embeddings": 512,
    "activation_function": "swish",
    "scale_embedding": True,
    "pad_token_id": 58100,
    "eos_token_id": 0,
    "decoder_start_token_id": 58100,
    "bad_words_ids": [[58100]],
    "forced_eos_token_id": 0,
}


def test_the_ids_that_a_search_needs(pair: Pair) -> None:
    tokens, theirs = pair.config["tokens"], pair.model.generation_config
    assert tokens["start"] == theirs.decoder_start_token_id
    assert tokens["eos"] == theirs.eos_token_id
    assert tokens["pad"] == theirs.pad_token_id
    assert tokens["forced_eos"] == theirs.forced_eos_token_id


def test_opus_mt_s_own_configuration() -> None:
    config = decoder_config(MARIAN)
    assert config["tokens"]["forbidden"] == [58100]
    assert config["embedding_scale"] == 512**0.5
    assert json.loads(json.dumps(config)) == config
    assert build_decoder({**config, "vocabulary": 58101, "layers": 1}, 512).config.activation == "silu"


def test_version_1_1_of_t5_neither_ties_nor_scales() -> None:
    old = {"model_type": "t5", "vocab_size": 9, "num_layers": 1, "num_heads": 2, "d_kv": 3, "d_ff": 4}
    old |= {"eos_token_id": 1, "pad_token_id": 0, "decoder_start_token_id": 0}
    assert decoder_config(old)["tied"]
    assert decoder_config(old)["scale_output"]
    new = decoder_config({**old, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False})
    assert (new["tied"], new["scale_output"], new["gated"], new["activation"]) == (False, False, True, "gelu_new")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"model_type": "bert"}, "family 'bert' cannot be imported; known: marian, m2m_100"),
        ({"model_type": None}, "family None"),
        ({"is_encoder_decoder": False}, "no decoder of its own"),
        ({"tie_encoder_decoder": True}, "no decoder of its own"),
        ({"activation_function": "mish"}, "activation 'mish' is not supported; known: relu"),
        ({"activation_function": ["gelu"]}, "activation"),
        ({"eos_token_id": [0, 5]}, "2 ids, one is supported"),
        ({"eos_token_id": None}, "a translation could not end"),
        ({"eos_token_id": "</s>"}, "eos_token_id: '</s>' is no whole number"),
        ({"bad_words_ids": [[3, 4]]}, "only single tokens can be forbidden"),
        ({"bad_words_ids": 7}, "only single tokens can be forbidden"),
        ({"decoder_layers": "six"}, "decoder_layers: 'six' is no whole number"),
        ({"dropout": "much"}, "dropout: 'much' is no number"),
    ],
)
def test_what_is_not_supported_is_named(change: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput, match=told.replace("(", r"\(")):
        decoder_config({**MARIAN, **change})
