"""Attention of a target's tokens to those before them and to the memory: whole targets, and one token at a time."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from trunkline_translation.decoders.configuration import DecoderConfig, T5Config
from trunkline_translation.decoders.memory import Reading
from trunkline_translation.decoders.products import Packing
from trunkline_translation.decoders.states import Window


class Attention(nn.Module):
    """Multi-head attention; `memory` is where keys and values come from, (B, S, width)."""

    def __init__(self, config: DecoderConfig, width: int) -> None:
        super().__init__()
        self.heads, self.head_width = config.heads, config.head_width_in(width)
        plain = isinstance(config, T5Config)  # T5 has no biases and does not scale its scores
        self.scale = 1.0 if plain else self.head_width**-0.5
        inner = self.heads * self.head_width
        self.query, self.key, self.value = (nn.Linear(width, inner, bias=not plain) for _ in range(3))
        self.out = nn.Linear(inner, width, bias=not plain)
        self.dropout = nn.Dropout(config.attention_dropout)

    def forward(self, hidden: Tensor, memory: Tensor, bias: Tensor) -> Tensor:
        """Attend from hidden (B, T, width); `bias` is added to the scores, (B or 1, heads or 1, T or 1, S)."""
        query, key, value = self._split(self.query(hidden) * self.scale), self.key(memory), self.value(memory)
        scores = torch.matmul(query, self._split(key).transpose(-1, -2)) + bias
        weights = self.dropout(torch.softmax(scores, dim=-1))
        attended = torch.matmul(weights.to(value.dtype), self._split(value))
        out: Tensor = self.out(attended.transpose(1, 2).flatten(2))
        return out

    def _split(self, states: Tensor) -> Tensor:
        return states.view(*states.shape[:2], self.heads, self.head_width).transpose(1, 2)


class OwnStep:
    """Self-attention for one token of each slot."""

    def __init__(self, attention: Attention, packing: Packing) -> None:
        self.heads, self.head_width = attention.heads, attention.head_width
        linears, scales = [attention.query, attention.key, attention.value], [attention.scale, 1.0, 1.0]
        self.into, self.out = packing.product(linears, scales), packing.product([attention.out])

    def __call__(self, hidden: Tensor, seen: Window) -> Tensor:
        """Turn (N, width) into (N, width); the token's key and value are written where the window ends."""
        count = len(hidden)
        query, key, value = self.into(hidden).view(count, 3, self.heads, self.head_width).unbind(1)
        seen.newest_key.copy_(key)
        seen.newest_value.copy_(value)
        attended = _attend(query.unsqueeze(2), seen)
        return self.out(attended.reshape(count, -1))


class CrossStep:
    """Attention to the memory, whose keys and values the slots of one sentence share."""

    def __init__(self, attention: Attention, packing: Packing) -> None:
        self.heads, self.head_width = attention.heads, attention.head_width
        self.into, self.out = packing.product([attention.query], [attention.scale]), packing.product([attention.out])

    def __call__(self, hidden: Tensor, seen: Reading) -> Tensor:
        """Turn (N, width) into the same."""
        query = self.into(hidden)
        if seen.spread is not None:
            query = query[seen.spread]
        query = query.view(len(seen.keys), -1, self.heads, self.head_width).transpose(1, 2)
        attended = _attend(query, seen).transpose(1, 2).flatten(0, 1).flatten(1)
        return self.out(attended if seen.back is None else attended[seen.back])


def _attend(query: Tensor, seen: Window | Reading) -> Tensor:
    scores = torch.matmul(query, seen.keys)
    if seen.bias is not None:
        scores += seen.bias
    return torch.matmul(torch.softmax(scores, dim=-1), seen.values)
