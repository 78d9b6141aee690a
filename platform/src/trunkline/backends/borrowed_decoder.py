"""Torch's decoder, for backends that have none of their own: their stem and branch under it stay theirs."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from trunkline.contract.decoder_task import DecoderTask
from trunkline.contract.generation import StepDecoder
from trunkline.errors import MissingExtra
from trunkline.records import Version


def borrowed_decoder(version: Version, weights: Path, task: DecoderTask[Any, Any, Any], width: int) -> StepDecoder:
    """Load a version's decoder on the CPU in fp32. Raises `MissingExtra` without torch."""
    if not find_spec("torch"):
        raise MissingExtra.needed(f"the decoder of {version.reference}", "torch")
    import torch

    from trunkline.backends.torch_decoder import load_decoder

    return load_decoder(version, weights, task, width, torch.device("cpu"))
