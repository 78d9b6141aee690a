"""Positions by formula (Vaswani et al. 2017), in the two forms that transformers has; never stored with weights."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from torch import Tensor, nn


class Sinusoids(nn.Module):
    """A table of positions that neither trains nor is saved."""

    table: Tensor

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.register_buffer("table", table, persistent=False)

    def forward(self, positions: Tensor) -> Tensor:
        """Look positions up: (...) int64 -> (..., width)."""
        return nn.functional.embedding(positions, self.table)


def marian_table(positions: int, width: int) -> Tensor:
    """Make Marian's table (positions, width): sines in the first half, cosines in the second, rounded to fp32.

    As `MarianSinusoidalPositionalEmbedding.create_weight` does, number by number, in less time.
    """
    powers = np.array([np.power(10000, 2 * (place // 2) / width) for place in range(width)])
    angles = np.arange(positions)[:, None] / powers[None]
    halves = [np.sin(angles[:, 0::2]), np.cos(angles[:, 1::2])]
    return torch.from_numpy(np.concatenate(halves, axis=1).astype(np.float32))


def m2m100_table(positions: int, width: int, padding: int) -> Tensor:
    """Make M2M100's table (padding + 1 + positions, width), in which padding has none; by transformers' own code."""
    from transformers.models.m2m_100.modeling_m2m_100 import M2M100SinusoidalPositionalEmbedding as Theirs

    return cast(Tensor, Theirs.get_embedding(padding + 1 + positions, width, padding))
