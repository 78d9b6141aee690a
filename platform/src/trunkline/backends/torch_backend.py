"""The reference backend: PyTorch, on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers.models.auto.modeling_auto  # noqa: F401 - whole before threads load trunks: it imports lazily

from trunkline.backends.backend import Stem
from trunkline.backends.torch_branch import TorchBranch
from trunkline.backends.torch_stem import TorchStem
from trunkline.contract.head_task import HeadTask
from trunkline.errors import InvalidInput
from trunkline.records import TrunkInfo, Version
from trunkline.trunk.branch import BranchModule
from trunkline.trunk.encoder import Encoder


class TorchBackend:
    """Runs pieces with PyTorch, weights in fp32; "bf16" computes matrix products in bfloat16 by autocast."""

    name = "torch"

    def __init__(self, precision: str = "fp32", threads: int | None = None) -> None:
        """Set the process's CPU threads where `threads` is given; torch has one such number for all."""
        if precision not in ("fp32", "bf16"):
            raise InvalidInput(f"the torch backend computes in fp32 or bf16, not in {precision!r}")
        self.precision = precision
        if threads is not None and threads != torch.get_num_threads():
            torch.set_num_threads(threads)

    def load_stem(self, folder: Path, info: TrunkInfo) -> TorchStem:
        encoder = Encoder.load(folder).eval().requires_grad_(False)
        return TorchStem(encoder, info, self._computes())

    def load_branch(self, stem: Stem, version: Version, weights: Path, task: HeadTask[Any, Any, Any]) -> TorchBranch:
        assert isinstance(stem, TorchStem)  # the protocol's word: a stem that this backend loaded
        head = task.build_head(version.head_config, stem.info.width)
        module = BranchModule(stem.encoder, version.branch, head)
        module.load_weights(weights)
        return TorchBranch(module.eval().requires_grad_(False), self._computes())

    def _computes(self) -> torch.dtype | None:
        return torch.bfloat16 if self.precision == "bf16" else None
