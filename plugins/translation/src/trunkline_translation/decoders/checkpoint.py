"""A decoder's configuration and weights out of a Hugging Face checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from trunkline import InvalidInput
from trunkline_translation.decoders.hub import decoder_config
from trunkline_translation.decoders.names import EMBEDDINGS, tensor_names
from trunkline_translation.decoders.positions import sinusoids

OUTPUT = "lm_head.weight"
POSITIONS = "model.decoder.embed_positions.weight"
NEAR = 1e-3  # the rounding of half precision


def imported(hf_config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Give the configuration for `build_decoder` and the state to load into it, in float32.

    An output projection of its own counts only where its values differ from the embedding's: old checkpoints hold
    both. Raises `InvalidInput`.
    """
    config = decoder_config(hf_config)
    config = {**config, "tied": is_tied(tensors)}
    if _has_other_positions(config, tensors):
        config = {**config, "positions": "learned"}
    state = {ours: _floats(theirs, tensors[theirs]) for theirs, ours in tensor_names(tensors, config).items()}
    if config.get("output_bias") and "output.bias" not in state:
        state["output.bias"] = torch.zeros(1, config["vocabulary"])
    return config, state


def is_tied(tensors: Mapping[str, Tensor]) -> bool:
    """Tell whether the output projection is the embedding, as transformers does when it loads."""
    names = [f"{prefix}{name}" for prefix in ("model.", "") for name in EMBEDDINGS]
    embedding = next((tensors[name] for name in names if name in tensors), None)
    output = tensors.get(OUTPUT)
    return output is None or embedding is None or torch.equal(output, embedding)


def _has_other_positions(config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> bool:
    """Tell whether a Marian checkpoint brings a table of positions that is not transformers' sinusoids."""
    table = tensors.get(POSITIONS)
    if table is None or config.get("positions") != "sinusoidal":
        return False
    return not torch.allclose(table.float(), sinusoids(table.shape[0], table.shape[1], "sinusoidal"), atol=NEAR)


def _floats(name: str, tensor: Tensor) -> Tensor:
    if not tensor.is_floating_point() or tensor.dtype.itemsize < 2:
        raise InvalidInput(
            f"{name} holds {str(tensor.dtype).removeprefix('torch.')}, not floating-point weights: take the checkpoint "
            "from before it was quantised"
        )
    return tensor.to(torch.float32).contiguous()
