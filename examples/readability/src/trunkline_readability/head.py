"""The head: one number from the mean of a text's states."""

from __future__ import annotations

import torch


class MeanRegression(torch.nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.grade = torch.nn.Linear(width, 1)

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        """Read hidden (B, T, width) where mask (B, T) is true; gives the grade (B,), standardised."""
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)
        return {"grade": self.grade(mean).squeeze(-1)}
