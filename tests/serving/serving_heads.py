"""Heads of the toy tasks; apart, because they import torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LabelHead(nn.Module):
    """Mean over tokens, then one linear layer; may be told to raise always, or for rows of a given length."""

    def __init__(self, width: int, labels: int, raises: str = "") -> None:
        super().__init__()
        self.linear = nn.Linear(width, labels)
        self.raises = raises

    def forward(self, hidden: Tensor, mask: Tensor) -> dict[str, Tensor]:
        if self.raises == "always":
            raise RuntimeError("this head is broken")
        if self.raises == "empty" and bool((mask.sum(1) == 2).any()):
            raise RuntimeError("this head cannot bear an empty text")
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        return {"logits": self.linear((hidden * weights).sum(1) / weights.sum(1))}


class TagHead(nn.Module):
    def __init__(self, width: int, labels: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, labels)

    def forward(self, hidden: Tensor, mask: Tensor) -> dict[str, Tensor]:
        return {"logits": self.linear(torch.relu(hidden))}
