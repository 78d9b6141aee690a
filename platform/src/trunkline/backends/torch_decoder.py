"""A version's decoder in PyTorch, on the CPU or a GPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from trunkline.backends.torch_team import dismiss
from trunkline.contract.decoder_task import DecoderTask
from trunkline.contract.generation import StepDecoder
from trunkline.records import Version
from trunkline.trunk.branch import load_head


def load_decoder(
    version: Version,
    weights: Path,
    task: DecoderTask[Any, Any, Any],
    width: int,
    device: torch.device,
    products: torch.dtype | None = None,
) -> StepDecoder:
    """Load it from the safetensors file of the version's branch; `products` is their type, None: as the weights are."""
    head = task.build_head(version.head_config, width)
    load_head(head, weights)
    decoder = task.step_decoder(head.to(device).eval().requires_grad_(False), products)
    dismiss()
    return decoder
