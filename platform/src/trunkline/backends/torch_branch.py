"""A version's own layers and head in PyTorch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from trunkline.backends.backend import States
from trunkline.backends.torch_stem import TorchStates, as_numpy, computing
from trunkline.trunk.branch import BranchModule


class TorchBranch:
    """A version's own layers and head, loaded."""

    def __init__(self, module: BranchModule, dtype: torch.dtype | None) -> None:
        self.module = module
        self.fork_layer = module.spec.fork_layer
        self.reads = module.reads
        self._dtype = dtype

    def run(self, states: Mapping[int, States]) -> dict[str, NDArray[np.float32]]:
        read = [state for layer in self.reads if isinstance(state := states[layer], TorchStates)]
        with computing(read[-1].hidden.device, self._dtype):
            outputs = self.module([state.hidden for state in read], read[-1].seen)
            return {name: as_numpy(tensor) for name, tensor in outputs.items()}
