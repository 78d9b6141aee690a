"""The reference backend: PyTorch, on the CPU or a GPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers.models.auto.modeling_auto  # noqa: F401 - whole before threads load trunks: it imports lazily

from trunkline.backends.backend import Stem
from trunkline.backends.torch_branch import TorchBranch
from trunkline.backends.torch_decoder import load_decoder
from trunkline.backends.torch_stem import TorchStem
from trunkline.backends.torch_team import dismiss
from trunkline.contract.decoder_task import DecoderTask, served_head
from trunkline.contract.generation import StepDecoder
from trunkline.contract.head_task import HeadTask
from trunkline.errors import EnvironmentFault, InvalidInput
from trunkline.records import TrunkInfo, Version
from trunkline.trunk.branch import BranchModule
from trunkline.trunk.encoder import Encoder


class TorchBackend:
    """Runs pieces with PyTorch, weights in fp32; "bf16" computes matrix products in bfloat16 by autocast.

    Attention is torch's own, which takes the fused kernels that the device has.
    """

    name = "torch"

    def __init__(self, precision: str = "fp32", threads: int | None = None, device: str = "cpu") -> None:
        """Set the process's CPU threads where `threads` is given; torch has one such number for all.

        Raises `InvalidInput` for a precision that it has not, `EnvironmentFault` for a device that is not there.
        """
        if precision not in ("fp32", "bf16"):
            raise InvalidInput(f"the torch backend computes in fp32 or bf16, not in {precision!r}")
        self.precision = precision
        self._device = torch.device(device)
        there = torch.cuda.device_count()
        if self._device.type == "cuda" and (self._device.index or 0) >= there:
            raise EnvironmentFault(
                f"device {device!r}: torch {torch.__version__} finds {there} GPUs here; "
                "install a torch that was built for yours, or take TRUNKLINE_DEVICE=cpu"
            )
        if threads is not None and threads != torch.get_num_threads():
            torch.set_num_threads(threads)

    def load_stem(self, folder: Path, info: TrunkInfo) -> TorchStem:
        encoder = Encoder.load(folder).eval().requires_grad_(False).to(self._device)
        dismiss()
        return TorchStem(encoder, info, self._computes())

    def load_branch(self, stem: Stem, version: Version, weights: Path, task: HeadTask[Any, Any, Any]) -> TorchBranch:
        assert isinstance(stem, TorchStem)  # the protocol's word: a stem that this backend loaded
        head = served_head(task, version.head_config, stem.info.width)
        module = BranchModule(stem.encoder, version.branch, head)
        module.load_weights(weights)
        module = module.to(self._device).eval().requires_grad_(False)
        dismiss()
        return TorchBranch(module, self._computes())

    def load_decoder(
        self, version: Version, weights: Path, task: DecoderTask[Any, Any, Any], width: int
    ) -> StepDecoder:
        return load_decoder(version, weights, task, width, self._device, self._computes())

    def _computes(self) -> torch.dtype | None:
        return torch.bfloat16 if self.precision == "bf16" else None
