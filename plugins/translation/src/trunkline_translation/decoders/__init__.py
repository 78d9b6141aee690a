"""Decoders of sequence-to-sequence models as torch modules: exact, with a cache, fast one token at a time.

Importing this package imports no torch; `build_decoder` and `imported` do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trunkline_translation.decoders.configuration import configuration
from trunkline_translation.decoders.hub import decoder_config
from trunkline_translation.decoders.names import hub_names, tensor_names

if TYPE_CHECKING:
    from torch import Tensor

    from trunkline_translation.decoders.decoder import Decoder

__all__ = ["build_decoder", "configuration", "decoder_config", "hub_names", "imported", "tensor_names"]


def build_decoder(config: Mapping[str, Any], width: int) -> Decoder:
    """Make the decoder that `config` describes, with random weights, for memories of this width.

    Raises `InvalidInput` where a value is missing, foreign or does not fit the others.
    """
    from trunkline_translation.decoders.decoder import Decoder

    return Decoder(configuration(config, width), width)


def imported(hf_config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Give the decoder's configuration and state of a Hugging Face checkpoint's config.json and tensors.

    Those of the encoder are left out. Raises `InvalidInput` where the decoder is not supported or incomplete.
    """
    from trunkline_translation.decoders.checkpoint import imported as read

    return read(hf_config, tensors)
