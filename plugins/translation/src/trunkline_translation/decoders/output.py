"""From the last states to the logits of the vocabulary."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trunkline_translation.decoders.configuration import DecoderConfig
from trunkline_translation.decoders.products import Packing, Product


class Output(nn.Module):
    """A projection of its own or the embedding's weight, and a bias (1, vocabulary) where the family has one."""

    weight: nn.Parameter | None
    bias: nn.Parameter | None

    def __init__(self, config: DecoderConfig, width: int) -> None:
        super().__init__()
        self.weight = None if config.tied else nn.Parameter(torch.empty(config.vocabulary, width))
        self.bias = nn.Parameter(torch.zeros(1, config.vocabulary)) if config.output_bias else None
        if self.weight is not None:
            nn.init.normal_(self.weight, std=width**-0.5)

    def forward(self, hidden: Tensor, embedding: Tensor) -> Tensor:
        """Turn (..., width) into (..., vocabulary)."""
        return F.linear(hidden, embedding if self.weight is None else self.weight, self._added())

    def prepared(self, embedding: Tensor, packing: Packing) -> Product:
        return packing.of(embedding if self.weight is None else self.weight, self._added())

    def _added(self) -> Tensor | None:
        return None if self.bias is None else self.bias.squeeze(0)
