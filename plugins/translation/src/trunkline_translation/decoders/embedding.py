"""From target ids to the states at the decoder's first layer."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from trunkline import InvalidInput
from trunkline_translation.decoders.configuration import NO_TOKEN, DecoderConfig, T5Config
from trunkline_translation.decoders.positions import sinusoids


class Embedding(nn.Module):
    """Tokens, scaled; positions; a norm where the family has one; dropout."""

    positions: nn.Embedding | None
    norm: nn.LayerNorm | None
    table: Tensor | None

    def __init__(self, config: DecoderConfig, width: int) -> None:
        super().__init__()
        self.tokens = nn.Embedding(config.vocabulary, width)
        nn.init.normal_(self.tokens.weight, std=width**-0.5)
        self.positions, self.norm = None, None
        self.register_buffer("table", None, persistent=False)
        self.dropout = nn.Dropout(config.dropout)
        self.starts_empty = config.tokens.start == NO_TOKEN
        self.scale, self.offset, self.kind = 1.0, 0, "none"
        self.limit: int | None = None
        if not isinstance(config, T5Config):
            self._place(config, width)

    def _place(self, config: DecoderConfig, width: int) -> None:
        assert not isinstance(config, T5Config)
        self.scale, self.offset, self.kind = config.embedding_scale, config.position_offset, config.positions
        rows = config.max_positions + config.position_offset
        if config.positions == "learned":
            self.limit = config.max_positions
            self.positions = nn.Embedding(rows, width)
            nn.init.normal_(self.positions.weight, std=0.02)
        elif config.positions != "none":
            self.table = sinusoids(rows, width, config.positions)
        if config.embedding_norm:
            self.norm = nn.LayerNorm(width, config.norm_epsilon)

    def forward(self, ids: Tensor) -> Tensor:
        """Embed targets that are seen whole, (B, T), to (B, T, width)."""
        length = ids.shape[1]
        hidden: Tensor = self.dropout(self.at(ids, torch.arange(length, device=ids.device), length - 1))
        return hidden

    def at(self, ids: Tensor, positions: Tensor, most: int) -> Tensor:
        """Embed ids (...) at positions that broadcast with them, of which `most` is the largest, to (..., width).

        Raises `InvalidInput` beyond the last position that was learned.
        """
        hidden = self._embed(ids)
        table = self.reach(most)
        if table is not None:
            hidden = hidden + table[positions + self.offset]
        return hidden if self.norm is None else self.norm(hidden)

    def _embed(self, ids: Tensor) -> Tensor:
        hidden: Tensor = self.tokens(ids.clamp(min=0) if self.starts_empty else ids)
        if self.scale != 1.0:
            hidden = hidden * self.scale
        return hidden.masked_fill((ids < 0).unsqueeze(-1), 0.0) if self.starts_empty else hidden

    def reach(self, most: int) -> Tensor | None:
        """Give a table with a row for position `most`. Raises `InvalidInput` beyond the last that was learned."""
        if self.limit is not None and most >= self.limit:
            raise InvalidInput(f"target token {most + 1}: the decoder learned {self.limit} positions; split the text")
        if self.positions is not None:
            return self.positions.weight
        if self.table is not None and most + self.offset >= len(self.table):
            longer = sinusoids(2 * (most + self.offset), self.table.shape[1], self.kind)
            self.table = longer.to(self.table)
        return self.table
