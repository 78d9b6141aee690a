"""Weights of a checkpoint: the decoder's own, in float32, tied where their values are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from decoder_pairs import Pair, make
from safetensors.torch import load_file
from transformers import AutoModelForSeq2SeqLM

from trunkline import InvalidInput
from trunkline_translation.decoders import build_decoder, imported


def test_a_saved_checkpoint_gives_transformers_logits(pair: Pair, memories: Any, tmp_path: Path) -> None:
    pair.model.float().save_pretrained(tmp_path)
    loaded = AutoModelForSeq2SeqLM.from_pretrained(tmp_path)
    config, state = imported(loaded.config.to_dict(), load_file(tmp_path / "model.safetensors"))
    decoder = build_decoder(config, 16).eval()
    decoder.load_state_dict(state)
    pair.model = loaded.double().eval()
    memory, seen = memories(5, 9)
    ids = torch.randint(5, 40, (2, 6))
    ours = decoder.double().teach(memory, seen, ids)
    torch.testing.assert_close(ours, pair.reference(memory, seen, ids), rtol=0.0, atol=1e-10)


def test_an_output_that_equals_the_embedding_is_tied(pair: Pair) -> None:
    tensors = pair.model.state_dict()
    config, state = imported(pair.model.config.to_dict(), tensors)
    assert config["tied"] == ("output.weight" not in state)
    other = {**tensors, "lm_head.weight": tensors["lm_head.weight"] + 1}
    assert not imported(pair.model.config.to_dict(), other)[0]["tied"]


def test_half_precision_is_read_and_quantised_weights_are_refused(pair: Pair) -> None:
    tensors = {name: tensor.to(torch.bfloat16) for name, tensor in pair.model.state_dict().items()}
    _, state = imported(pair.model.config.to_dict(), tensors)
    assert {tensor.dtype for tensor in state.values()} == {torch.float32}
    name = next(name for name in tensors if "decoder" in name and name.endswith("norm.weight"))
    tensors[name] = tensors[name].to(torch.int8)
    with pytest.raises(InvalidInput, match=f"{name} holds int8, not floating-point weights"):
        imported(pair.model.config.to_dict(), tensors)


def test_a_missing_bias_of_the_output_is_zero(pair: Pair) -> None:
    tensors = {name: tensor for name, tensor in pair.model.state_dict().items() if name != "final_logits_bias"}
    _, state = imported(pair.model.config.to_dict(), tensors)
    assert not state.get("output.bias", torch.zeros(1)).any()


def test_a_marian_with_positions_of_its_own_keeps_them(memories: Any) -> None:
    pair = make("marian")
    table = pair.model.model.decoder.embed_positions.weight
    with torch.no_grad():
        table.copy_(torch.randn_like(table))
    config, state = imported(pair.model.config.to_dict(), pair.model.state_dict())
    decoder = build_decoder(config, 16).eval()
    decoder.load_state_dict(state)
    pair.model.load_state_dict({name: tensor.float().double() for name, tensor in pair.model.state_dict().items()})
    memory, seen = memories(5, 9)
    ids = torch.randint(5, 40, (2, 6))
    ours = decoder.double().teach(memory, seen, ids)
    torch.testing.assert_close(ours, pair.reference(memory, seen, ids), rtol=0.0, atol=1e-10)
