"""A trunk's record, a branch with a head of two outputs, and a padded batch: what a backend is asked to run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from trunkline import LinearHead, TrunkInfo, Version
from trunkline.records import BranchSpec
from trunkline.trunk.batch import TokenBatch
from trunkline.trunk.branch import BranchModule
from trunkline.trunk.encoder import Encoder

INFO = TrunkInfo(id="t", name="tiny", family="bert", n_layers=3, width=32, max_length=64, config={}, layer_hashes=())


class Head(nn.Module):
    """One output a token, one a text."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(32, 4)

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        shares = mask.unsqueeze(-1).to(hidden.dtype)
        return {"tags": self.linear(hidden), "pooled": (hidden * shares).sum(1) / shares.sum(1)}


class TaskOfHead:
    def build_head(self, config: Any, width: int) -> Head:
        return Head()

    def linear_head(self, config: Any) -> None:
        return None


class Pooled(nn.Module):
    """Logits of one product, pooled as told."""

    def __init__(self, pooling: str, outputs: int = 4) -> None:
        super().__init__()
        self.pooling = pooling
        self.classifier = nn.Linear(32, outputs)

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        if self.pooling == "mean":
            shares = mask.unsqueeze(-1).to(hidden.dtype)
            hidden = (hidden * shares).sum(1) / shares.sum(1)
        return {"logits": self.classifier(hidden[:, 0] if self.pooling == "first" else hidden)}


class TaskOfPooled:
    def __init__(self, pooling: str, outputs: int = 4) -> None:
        self.pooling, self.outputs = pooling, outputs

    def build_head(self, config: Any, width: int) -> Pooled:
        return Pooled(self.pooling, self.outputs)

    def linear_head(self, config: Any) -> LinearHead:
        return LinearHead(self.pooling)


def tokens(rows: int = 3, length: int = 9) -> TokenBatch:
    source = np.random.default_rng(0)
    mask = np.ones((rows, length), dtype=bool)
    mask[-1, length // 2 :] = False
    ids = source.integers(5, 50, (rows, length)) * mask
    return TokenBatch(ids.astype(np.int64), np.zeros_like(ids, dtype=np.int64), mask)


def version(**spec: Any) -> Version:
    return Version(
        task="t", name="n", number=1, trunk_id="t", tuning="layers", head_config={}, created_at=datetime.now(UTC),
        branch=BranchSpec(**spec),
    )  # fmt: skip


def write_branch(folder: Path, trunk: Path, head: nn.Module | None = None, **spec: Any) -> Path:
    """Write the weights of a branch that is some way from its trunk; returns their file."""
    torch.manual_seed(0)
    module = BranchModule(Encoder.load(trunk), BranchSpec(**spec), head or Head())
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.05 * torch.randn_like(parameter)
    module.save(folder / "branch.safetensors")
    return folder / "branch.safetensors"
