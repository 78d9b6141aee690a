"""A decoder's configuration and weights out of a Hugging Face checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from trunkline import InvalidInput
from trunkline_translation.decoders.hub import decoder_config
from trunkline_translation.decoders.names import EMBEDDINGS, tensor_names

OUTPUT = "lm_head.weight"


def imported(hf_config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Give the configuration for `build_decoder` and the state to load into it, in float32.

    An output projection of its own counts only where its values differ from the embedding's: old checkpoints hold
    both. Raises `InvalidInput`.
    """
    config = decoder_config(hf_config)
    config = {**config, "tied": is_tied(tensors)}
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


def _floats(name: str, tensor: Tensor) -> Tensor:
    if not tensor.is_floating_point() or tensor.dtype.itemsize < 2:
        raise InvalidInput(
            f"{name} holds {str(tensor.dtype).removeprefix('torch.')}, not floating-point weights: take the checkpoint "
            "from before it was quantised"
        )
    return tensor.to(torch.float32).contiguous()
