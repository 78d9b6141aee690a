"""Tables of positions: which vector is added to the token at each place of a target."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def sinusoids(rows: int, width: int, kind: str) -> Tensor:
    """Give (rows, width) in float32: sines in the first half, cosines in the second.

    `sinusoidal`: wavelengths as in Vaswani et al. 2017, transformers' Marian. `tensor2tensor`: frequencies from 1 to
    1 / 10,000 with both ends, in M2M100 and marian-dev; an odd width ends in zeros.
    """
    half = width // 2
    if kind == "tensor2tensor":
        step = math.log(10000) / max(half - 1, 1)
        angles = torch.arange(rows).float().unsqueeze(1) * torch.exp(torch.arange(half).float() * -step)
        return torch.cat([angles.sin(), angles.cos(), torch.zeros(rows, width % 2)], dim=1)
    exponents = 2 * (torch.arange(width, dtype=torch.float64) // 2) / width
    angles = torch.arange(rows, dtype=torch.float64).unsqueeze(1) / 10000**exponents
    return torch.cat([angles[:, 0::2].sin(), angles[:, 1::2].cos()], dim=1).float()


def buckets(distance: Tensor, count: int, most: int) -> Tensor:
    """Give T5's bucket for each distance back to a key: exact below count / 2, then logarithmic up to `most`."""
    exact = count // 2
    share = torch.log(distance.float().clamp(min=1) / exact) / math.log(most / exact)
    far = (exact + (share * (count - exact)).to(torch.long)).clamp(max=count - 1)
    return torch.where(distance < exact, distance, far)


class RelativeBias(nn.Module):
    """T5's learned bias for each head and bucket of distances."""

    def __init__(self, count: int, heads: int, most: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(count, heads))
        nn.init.normal_(self.weight, std=0.02)
        self.most = most

    def forward(self, length: int) -> Tensor:
        """Give (heads, length), the bias at each distance from 0."""
        distance = torch.arange(length, device=self.weight.device)
        return self.weight[buckets(distance, len(self.weight), self.most)].t()

    def square(self, length: int) -> Tensor:
        """Give (heads, length, length), the bias of each query and each key before it; keys after it have that of 0."""
        places = torch.arange(length, device=self.weight.device)
        bias: Tensor = self(length)
        return bias[:, (places.unsqueeze(1) - places).clamp(min=0)]
