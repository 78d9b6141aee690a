"""Which tensor of a Marian model becomes which parameter of the encoder and of the decoder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trunkline import InvalidInput
from trunkline_translation.bergamot.architecture import Architecture
from trunkline_translation.bergamot.binary import SETTINGS, Binary

ALPHA = "_QuantMultA"  # the multipliers of activations; what computes in floating point has no use for them


@dataclass(frozen=True)
class Parameter:
    """A parameter of ours, and the tensor of Marian's that it is."""

    ours: str
    theirs: str
    shape: tuple[int, ...]  # as Marian has it: (inputs, outputs), (1, outputs) or (tokens, width)
    turned: bool = False  # whether it multiplies from the right in Marian

    def value(self, model: Binary) -> NDArray[np.float32]:
        """Read it in the shape that torch has for it. Raises `InvalidInput` where it is absent or of another shape."""
        found = model.tensor(self.theirs)
        if found.shape != self.shape:
            raise InvalidInput(
                f"{model.path}: {self.theirs} has the shape {found.shape}, its settings ask for {self.shape}"
            )
        if self.shape[0] == 1:
            return np.ascontiguousarray(found[0])
        return np.ascontiguousarray(found.T if self.turned else found)


def encoder_parameters(plan: Architecture) -> list[Parameter]:
    """List the encoder's, under the names that transformers' Marian has for them."""
    return [_source_embedding(plan), *(each for index in range(plan.encoder_layers) for each in _encoder(plan, index))]


def decoder_parameters(plan: Architecture) -> list[Parameter]:
    """List the decoder's, under the names of `trunkline_translation.decoders`."""
    return [*_target(plan), *(each for index in range(plan.decoder_layers) for each in _decoder(plan, index))]


def check_complete(model: Binary, read: list[Parameter]) -> None:
    """Raise `InvalidInput` where the model has tensors that nothing here computes with."""
    known = {each.theirs for each in read} | {SETTINGS}
    rest = sorted(name for name in model.items if name not in known and not name.endswith(ALPHA))
    if rest:
        raise InvalidInput(
            f"{model.path} has {len(rest)} tensors that its settings do not account for, {', '.join(rest[:5])} among "
            "them: its architecture is another, which cannot be read"
        )


def _source_embedding(plan: Architecture) -> Parameter:
    table = "Wemb" if plan.one_embedding else "encoder_Wemb"
    return Parameter("model.encoder.embed_tokens.weight", table, (plan.vocabulary, plan.width))


def _target(plan: Architecture) -> Iterator[Parameter]:
    size = plan.target_vocabulary
    table = "Wemb" if plan.one_embedding else "decoder_Wemb"
    yield Parameter("embedding.tokens.weight", table, (size, plan.width))
    if not plan.tied_output:
        yield Parameter("output.weight", "decoder_ff_logit_out_W", (plan.width, size), turned=True)
    if plan.output_bias:
        yield Parameter("output.bias", "decoder_ff_logit_out_b", (1, size))


def _encoder(plan: Architecture, index: int) -> Iterator[Parameter]:
    ours, theirs = f"model.encoder.layers.{index}", f"encoder_l{index + 1}"
    names = {"q": "q_proj", "k": "k_proj", "v": "v_proj", "o": "out_proj"}
    yield from _attention(f"{ours}.self_attn", f"{theirs}_self", names, plan.width)
    yield from _norm(f"{ours}.self_attn_layer_norm", f"{theirs}_self_Wo", plan.width)
    yield from _feed_forward((f"{ours}.fc1", f"{ours}.fc2"), theirs, plan.width, plan.ffn)
    yield from _norm(f"{ours}.final_layer_norm", f"{theirs}_ffn_ffn", plan.width)


def _decoder(plan: Architecture, index: int) -> Iterator[Parameter]:
    ours, theirs, width = f"layers.{index}", f"decoder_l{index + 1}", plan.width
    yield Parameter(f"{ours}.own.input.weight", f"{theirs}_rnn_W", (width, width), turned=True)
    yield from _linear(f"{ours}.own.forget", (f"{theirs}_rnn_Wf", f"{theirs}_rnn_bf"), width, width)
    yield from _norm(f"{ours}.own_norm", f"{theirs}_rnn_ffn", width)
    names = {"q": "query", "k": "key", "v": "value", "o": "out"}
    yield from _attention(f"{ours}.cross", f"{theirs}_context", names, width)
    yield from _norm(f"{ours}.cross_norm", f"{theirs}_context_Wo", width)
    parts = (f"{ours}.feed_forward.inner", f"{ours}.feed_forward.outer")
    yield from _feed_forward(parts, theirs, width, plan.decoder_ffn)
    yield from _norm(f"{ours}.feed_forward_norm", f"{theirs}_ffn_ffn", width)


def _attention(ours: str, theirs: str, names: dict[str, str], width: int) -> Iterator[Parameter]:
    for letter, name in names.items():
        yield from _linear(f"{ours}.{name}", (f"{theirs}_W{letter}", f"{theirs}_b{letter}"), width, width)


def _feed_forward(ours: tuple[str, str], theirs: str, width: int, inner: int) -> Iterator[Parameter]:
    yield from _linear(ours[0], (f"{theirs}_ffn_W1", f"{theirs}_ffn_b1"), width, inner)
    yield from _linear(ours[1], (f"{theirs}_ffn_W2", f"{theirs}_ffn_b2"), inner, width)


def _linear(ours: str, theirs: tuple[str, str], inputs: int, outputs: int) -> Iterator[Parameter]:
    yield Parameter(f"{ours}.weight", theirs[0], (inputs, outputs), turned=True)
    yield Parameter(f"{ours}.bias", theirs[1], (1, outputs))


def _norm(ours: str, theirs: str, width: int) -> Iterator[Parameter]:
    yield Parameter(f"{ours}.weight", f"{theirs}_ln_scale", (1, width))
    yield Parameter(f"{ours}.bias", f"{theirs}_ln_bias", (1, width))
