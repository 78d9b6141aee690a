"""The head itself, in torch: the mean of a text's states, projected; and what it learns from."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trunkline import HeadConfig

FORBIDDEN = -1e4  # finite in every precision


class VectorHead(nn.Module):
    """Mean over the tokens and a linear layer: the identity to begin with, or a random projection to fewer numbers."""

    def __init__(self, config: HeadConfig, width: int) -> None:
        super().__init__()
        dimension = config["dimension"] or width
        self.projection = nn.Linear(width, dimension)
        fresh = nn.init.eye_ if dimension == width else nn.init.orthogonal_
        fresh(self.projection.weight)
        nn.init.zeros_(self.projection.bias)

    def forward(self, hidden: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Turn (B, T, width) into `vector` (B, dimension), not normalised: windows of a text are averaged first."""
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1.0)
        return {"vector": self.projection(mean)}


def contrastive_loss(vectors: Tensor, targets: Mapping[str, Tensor], temperature: float) -> Tensor:
    """Give the mean InfoNCE of all right pairs in the batch, from query to texts and from text to queries.

    `vectors` (B, d); `targets` (B,) each: `query` and `text` number those of the row's example, `asks` is 1 where the
    row is the query itself, else it is (a window of) the text; `clicked` is 1 where the text is right. Rows of one
    query or text are averaged, as windows are when served. A query's other right texts are none of its wrong ones;
    every other text of the batch is. After van den Oord et al. 2018, "Representation Learning with Contrastive
    Predictive Coding".
    """
    asks = targets["asks"] == 1
    queries, query_numbers = _averaged(vectors[asks], targets["query"][asks])
    texts, text_numbers = _averaged(vectors[~asks], targets["text"][~asks])
    scores = F.normalize(queries, dim=1) @ F.normalize(texts, dim=1).T / temperature
    clicked = ~asks & (targets["clicked"] == 1)
    of_query = query_numbers[:, None] == targets["query"][clicked][None]  # (queries, right rows)
    of_text = targets["text"][clicked][:, None] == text_numbers[None]  # (right rows, texts)
    right = of_query.to(scores.dtype) @ of_text.to(scores.dtype) > 0
    return (_info_nce(scores, right) + _info_nce(scores.T, right.T)) / 2


def _averaged(vectors: Tensor, numbers: Tensor) -> tuple[Tensor, Tensor]:
    """Average the rows of each number: vectors (n, d) and the n numbers."""
    distinct = torch.unique(numbers)
    members = (distinct[:, None] == numbers[None]).to(vectors.dtype)
    return members @ vectors / members.sum(dim=1, keepdim=True), distinct


def _info_nce(scores: Tensor, right: Tensor) -> Tensor:
    """Give the mean cross entropy of each right column of a row among the row's wrong ones; 0 where none is right."""
    if not bool(right.any()):
        return scores.sum() * 0.0
    wrong = scores.masked_fill(right, FORBIDDEN).logsumexp(dim=1, keepdim=True)
    return F.softplus(wrong - scores)[right].mean()
