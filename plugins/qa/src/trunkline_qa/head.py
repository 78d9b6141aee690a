"""The head itself, in torch: how much likelier than no answer each token begins, and ends, the answer."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trunkline import IGNORE, HeadConfig

FORBIDDEN = -1e4  # finite in every precision


class SpanHead(nn.Module):
    """Dropout and a linear layer; scores are told above those of the leading special token, which means no answer.

    So the scores of the windows of a long context compare with each other: each is above its own window's.
    """

    def __init__(self, config: HeadConfig, width: int) -> None:
        super().__init__()
        self.dropout = nn.Dropout(config["dropout"])
        self.outputs = nn.Linear(width, 2)

    def forward(self, hidden: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Turn (B, T, width) into `starts` and `ends`, (B, T) each."""
        scores = self.outputs(self.dropout(hidden))
        above = scores - scores[:, :1]
        return {"starts": above[..., 0], "ends": above[..., 1]}


def span_loss(starts: Tensor, ends: Tensor, opens: Tensor, closes: Tensor) -> Tensor:
    """Give the mean cross entropy of both ends, among the context's tokens and "no answer".

    `opens` and `closes` (B, T) are 1 at the answer's first and last token, 0 at the context's others, IGNORE
    elsewhere. A window that does not hold the whole answer has none.
    """
    whole = (opens == 1).any(dim=1) & (closes == 1).any(dim=1)
    losses = [_loss(scores, marks, whole) for scores, marks in ((starts, opens), (ends, closes))]
    return (losses[0] + losses[1]) / 2


def _loss(scores: Tensor, marks: Tensor, whole: Tensor) -> Tensor:
    allowed = marks != IGNORE
    allowed[:, 0] = True
    right = torch.where(whole, (marks == 1).int().argmax(dim=1), torch.zeros_like(whole, dtype=torch.long))
    return F.cross_entropy(scores.float().masked_fill(~allowed, FORBIDDEN), right)
