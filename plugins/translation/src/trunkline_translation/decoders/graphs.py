"""A decoder as two modules without a loop or a cache of their own, for engines that run graphs.

What a row has seen is an input and what it adds to that an output: whoever runs them keeps it. Every row has columns
of its own, from 0 up to its position, so rows at any positions go through one step together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from trunkline import DecoderModules
from trunkline_translation.decoders.attention import Attention
from trunkline_translation.decoders.layer import Layer
from trunkline_translation.decoders.positions import buckets
from trunkline_translation.decoders.ssru import SSRU

if TYPE_CHECKING:
    from trunkline_translation.decoders.decoder import Decoder

LONGEST = 2048
"""Target tokens that a graph without learned positions takes: its table of sinusoids ends somewhere."""


def modules(decoder: Decoder) -> DecoderModules:
    """Give both modules of a decoder in evaluation mode, and what their states are shaped like."""
    step, attention = Step(decoder), decoder.stack[0].cross
    layers, columns = len(decoder.stack), (attention.heads, None, attention.head_width)
    own = ((decoder.width,),) * layers if decoder.recurrent else (columns,) * (2 * layers)
    return DecoderModules(Start(decoder).eval(), step.eval(), (columns,) * (2 * layers), own, step.longest)


class Start(nn.Module):
    """The keys and values of memories, all layers' in one product."""

    def __init__(self, decoder: Decoder) -> None:
        super().__init__()
        attentions = [layer.cross for layer in decoder.stack]
        self.heads, self.head_width = attentions[0].heads, attentions[0].head_width
        self.into = _beside([part for each in attentions for part in (each.key, each.value)])

    def forward(self, memory: Tensor) -> tuple[Tensor, ...]:
        """Turn memory (B, S, width) into keys and values of each layer in turn, (B, heads, S, head width)."""
        states = self.into(memory).unflatten(-1, (-1, self.heads, self.head_width))
        return tuple(states.permute(2, 0, 3, 1, 4).unbind())


class Step(nn.Module):
    """One token of every row.

    `forward` takes ids (B,), positions (B,), order (R,) int64, seen (B, S) bool, what `Start` gave, (B, heads, S,
    head width) each, and what the rows have of their own: keys and values of each layer in turn, (B, heads, T, head
    width), columns beyond a row's position being ignored; or each layer's cell, (B, width). It gives the logits of the
    rows `order`, (R, vocabulary), then the next column of each, (B, heads, 1, head width), or the next cells.
    """

    def __init__(self, decoder: Decoder) -> None:
        super().__init__()
        self.decoder = decoder
        self.longest = decoder.positions or LONGEST
        decoder.embedding.reach(self.longest - 1)  # a table that grew while it is traced would not be in the graph
        self.recurrent = decoder.recurrent
        self.layers = nn.ModuleList(_Layer(layer) for layer in decoder.stack)

    def forward(
        self, ids: Tensor, positions: Tensor, order: Tensor, seen: Tensor, *states: Tensor
    ) -> tuple[Tensor, ...]:
        count = len(self.layers)
        memories, own = states[: 2 * count], states[2 * count :]
        each = 1 if self.recurrent else 2
        hidden = self.decoder.embedding.at(ids, positions, self.longest - 1).unsqueeze(1)
        unseen = _lowest_where(~seen)[:, None, None]
        bias, newest = (None, None) if self.recurrent else self._bias(positions, own[0].shape[2])
        found: list[Tensor] = []
        for index, layer in enumerate(self.layers):
            parts = own[each * index : each * (index + 1)]
            hidden, added = layer(hidden, parts, memories[2 * index : 2 * index + 2], unseen, bias, newest)
            found += added
        hidden = self.decoder.finished(hidden.squeeze(1)[order])
        return (self.decoder.output(hidden, self.decoder.embedding.tokens.weight), *found)

    def _bias(self, positions: Tensor, columns: int) -> tuple[Tensor, Tensor | None]:
        """Give what is added to the scores of the columns, (B, heads or 1, 1, T), and of the token itself."""
        places = torch.arange(columns, device=positions.device)
        bias = _lowest_where(places >= positions[:, None])[:, None, None]
        relative = self.decoder.relative
        if relative is None:
            return bias, None
        distance = (positions[:, None] - places).clamp(min=0)
        table = relative.weight[buckets(distance, len(relative.weight), relative.most)]
        return bias + table.permute(0, 2, 1).unsqueeze(2), relative.weight[0].view(1, -1, 1, 1)


class _Layer(nn.Module):
    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.pre = layer.pre
        self.own: nn.Module = _Own(layer.own) if isinstance(layer.own, Attention) else _Cell(layer.own)
        self.cross, self.feed_forward = _Cross(layer.cross), layer.feed_forward
        self.norms = nn.ModuleList((layer.own_norm, layer.cross_norm, layer.feed_forward_norm))

    def forward(
        self,
        hidden: Tensor,
        own: Sequence[Tensor],
        memory: Sequence[Tensor],
        unseen: Tensor,
        bias: Tensor | None,
        newest: Tensor | None,
    ) -> tuple[Tensor, list[Tensor]]:
        """Turn (B, 1, width) into the same, and give what the row adds to its own."""
        part, added = self.own(self._given(0, hidden), own, bias, newest)
        hidden = self._joined(0, hidden, part)
        hidden = self._joined(1, hidden, self.cross(self._given(1, hidden), memory, unseen))
        return self._joined(2, hidden, self.feed_forward(self._given(2, hidden))), added

    def _given(self, place: int, hidden: Tensor) -> Tensor:
        given: Tensor = self.norms[place](hidden) if self.pre else hidden
        return given

    def _joined(self, place: int, hidden: Tensor, part: Tensor) -> Tensor:
        joined: Tensor = hidden + part if self.pre else self.norms[place](hidden + part)
        return joined


class _Own(nn.Module):
    """Self-attention to the columns so far and to the token itself, which is not among them yet."""

    def __init__(self, attention: Attention) -> None:
        super().__init__()
        self.heads, self.head_width = attention.heads, attention.head_width
        self.into = _beside([attention.query, attention.key, attention.value], attention.scale)
        self.out = attention.out

    def forward(
        self, hidden: Tensor, own: Sequence[Tensor], bias: Tensor, newest: Tensor | None
    ) -> tuple[Tensor, list[Tensor]]:
        keys, values = own
        parts = self.into(hidden).unflatten(-1, (3, self.heads, self.head_width)).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind()
        itself = (query * key).sum(-1, keepdim=True)
        scores = torch.cat(
            [torch.matmul(query, keys.transpose(-1, -2)) + bias, itself if newest is None else itself + newest], dim=-1
        )
        weights = torch.softmax(scores, dim=-1)
        attended = torch.matmul(weights[..., :-1], values) + weights[..., -1:] * value
        return self.out(attended.transpose(1, 2).flatten(2)), [key, value]


class _Cross(nn.Module):
    def __init__(self, attention: Attention) -> None:
        super().__init__()
        self.heads, self.head_width = attention.heads, attention.head_width
        self.query, self.out = _beside([attention.query], attention.scale), attention.out

    def forward(self, hidden: Tensor, memory: Sequence[Tensor], unseen: Tensor) -> Tensor:
        keys, values = memory
        query = self.query(hidden).unflatten(-1, (self.heads, self.head_width)).transpose(1, 2)
        attended = functional.scaled_dot_product_attention(query, keys, values, unseen, scale=1.0)
        out: Tensor = self.out(attended.transpose(1, 2).flatten(2))
        return out


class _Cell(nn.Module):
    def __init__(self, cell: SSRU) -> None:
        super().__init__()
        self.input, self.forget = cell.input, cell.forget

    def forward(self, hidden: Tensor, own: Sequence[Tensor], bias: None, newest: None) -> tuple[Tensor, list[Tensor]]:
        kept = torch.sigmoid(self.forget(hidden))
        state = kept * own[0].unsqueeze(1) + (1 - kept) * self.input(hidden)
        return torch.relu(state), [state.squeeze(1)]


def _beside(linears: Sequence[nn.Linear], scale: float = 1.0) -> nn.Linear:
    """Give one layer for layers side by side, the first one's outputs multiplied by `scale`."""
    factors = [scale, *[1.0] * (len(linears) - 1)]
    first = linears[0]
    whole = nn.Linear(first.in_features, sum(each.out_features for each in linears), bias=first.bias is not None)
    with torch.no_grad():
        whole.weight.copy_(torch.cat([each.weight * factor for each, factor in zip(linears, factors, strict=True)]))
        if first.bias is not None:
            whole.bias.copy_(torch.cat([each.bias * factor for each, factor in zip(linears, factors, strict=True)]))
    return whole


def _lowest_where(hidden_places: Tensor) -> Tensor:
    zeros = torch.zeros(hidden_places.shape, dtype=torch.float32, device=hidden_places.device)
    return zeros.masked_fill(hidden_places, -1e9)
