"""A version's decoder in PyTorch, on the CPU or a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from trunkline.backends.torch_stem import as_numpy, computing
from trunkline.contract.decoder_task import DecoderTask
from trunkline.contract.generation import Memory
from trunkline.records import Version
from trunkline.trunk.branch import load_head


class TorchDecoder:
    """A task's own decoder module, fed with arrays."""

    def __init__(self, head: Any, device: torch.device) -> None:
        self.head = head
        self._device = device

    @classmethod
    def load(
        cls,
        version: Version,
        weights: Path,
        task: DecoderTask[Any, Any, Any],
        width: int,
        device: torch.device,
        dtype: torch.dtype | None = None,
    ) -> TorchDecoder:
        """Load it from the safetensors file of the version's branch; `dtype` is that of products, None: as they are."""
        head = task.build_head(version.head_config, width)
        load_head(head, weights)
        return cls(task.prepared(head.to(device).eval().requires_grad_(False), dtype), device)

    def start(self, memories: Sequence[Memory]) -> Any:
        longest = max(len(memory) for memory in memories)
        padded = np.zeros((len(memories), longest, memories[0].shape[1]), dtype=np.float32)
        seen = np.zeros(padded.shape[:2], dtype=np.bool_)
        for row, memory in enumerate(memories):
            padded[row, : len(memory)] = memory
            seen[row, : len(memory)] = True
        with computing(self._device, None):
            return self.head.start(self._sent(padded), self._sent(seen))

    def step(self, ids: NDArray[np.int64], cache: Any) -> NDArray[np.float32]:
        with computing(self._device, None):
            return as_numpy(self.head.step(self._sent(ids), cache))

    def _sent(self, array: NDArray[Any]) -> torch.Tensor:
        return torch.from_numpy(array).to(self._device)
