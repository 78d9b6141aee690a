"""A decoder made ready for serving: weights side by side and packed, one short loop for one token of every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from trunkline_translation.decoders.attention import Attention, CrossStep, OwnStep
from trunkline_translation.decoders.cache import BLOCK, Cache
from trunkline_translation.decoders.feed_forward import FeedForwardStep
from trunkline_translation.decoders.layer import Layer
from trunkline_translation.decoders.memory import Memory, Reading
from trunkline_translation.decoders.products import Packing
from trunkline_translation.decoders.ssru import SSRUStep
from trunkline_translation.decoders.states import CellStates, KeyValues

if TYPE_CHECKING:
    from trunkline_translation.decoders.decoder import Decoder


class Prepared:
    """Serves the weights as they were when it was made: make another after training. Safe from one thread at a time."""

    @torch.no_grad()
    def __init__(self, decoder: Decoder, layers: Packing, output: Packing) -> None:
        self.decoder = decoder
        self.layers = [PreparedLayer(layer, layers) for layer in decoder.stack]
        attentions = [layer.cross for layer in decoder.stack]
        self._memory = layers.product([part for each in attentions for part in (each.key, each.value)])
        self._output = decoder.output.prepared(decoder.embedding.tokens.weight, output)
        self._relative = torch.empty(0)

    @torch.inference_mode()
    def start(self, memory: Tensor, seen: Tensor) -> Cache:
        """Begin one row for each memory (B, S, width), of which `seen` (B, S) bool are tokens; no token is seen yet.

        Keys and values of the memories are computed here, once.
        """
        count, length, _ = memory.shape
        attention = self.decoder.stack[0].cross
        heads, width = attention.heads, attention.head_width
        states = self._memory(memory.to(self.dtype).flatten(0, 1))
        states = states.view(count, length, len(self.layers), 2, heads, width)
        keys = states[:, :, :, 0].permute(2, 0, 3, 4, 1).contiguous()
        values = states[:, :, :, 1].permute(2, 0, 3, 1, 4).contiguous()
        return Cache(self, self._past(count, heads, width), Memory(keys, values, seen))

    def _past(self, count: int, heads: int, width: int) -> KeyValues | CellStates:
        like = self.decoder.embedding.tokens.weight
        if self.decoder.recurrent:
            return CellStates(like.new_zeros(len(self.layers), count, like.shape[1]))
        keys = like.new_zeros(len(self.layers), count, heads, width, BLOCK)
        return KeyValues(keys, like.new_zeros(len(self.layers), count, heads, BLOCK, width))

    @torch.inference_mode()
    def step(self, ids: Tensor, cache: Cache) -> Tensor:
        """Show each row its next token, ids (rows,), and give the logits of the one after, (rows, vocabulary).

        Raises `InvalidInput` beyond the last position that was learned.
        """
        if not cache.rows:
            return self.decoder.embedding.tokens.weight.new_zeros(0, self.decoder.config.vocabulary)
        seen = cache.opened(self._relative_to(cache.column - cache.low + 1))
        most = cache.column - cache.low
        hidden = self.decoder.embedding.at(cache.spread(ids), cache.places_of_slots(), most)
        for layer, own, memory in zip(self.layers, seen, cache.memory.readings(), strict=True):
            hidden = layer(hidden, own, memory)
        cache.column += 1
        return self._output(self.decoder.finished(cache.gathered(hidden)))

    def _relative_to(self, length: int) -> Tensor | None:
        """Give T5's bias for the keys of a window, oldest first, (heads, length)."""
        if self.decoder.relative is None:
            return None
        if self._relative.shape[-1] < length:
            self._relative = self.decoder.relative(2 * length)
        return self._relative[:, :length].flip(-1)

    @property
    def device(self) -> torch.device:
        return self.decoder.embedding.tokens.weight.device

    @property
    def dtype(self) -> torch.dtype:
        return self.decoder.embedding.tokens.weight.dtype


class PreparedLayer:
    """One layer for one token of each slot."""

    def __init__(self, layer: Layer, packing: Packing) -> None:
        self.pre = layer.pre
        self.own = OwnStep(layer.own, packing) if isinstance(layer.own, Attention) else SSRUStep(layer.own, packing)
        self.cross = CrossStep(layer.cross, packing)
        self.feed_forward = FeedForwardStep(layer.feed_forward, packing)
        self.norms: tuple[nn.Module, ...] = (layer.own_norm, layer.cross_norm, layer.feed_forward_norm)

    def __call__(self, hidden: Tensor, own: Any, memory: Reading) -> Tensor:
        """Turn (slots, width) into the same; `own` is the window or the cells' states of this layer."""
        own_norm, cross_norm, feed_forward_norm = self.norms
        if self.pre:
            hidden = hidden + self.own(own_norm(hidden), own)
            hidden = hidden + self.cross(cross_norm(hidden), memory)
            return hidden + self.feed_forward(feed_forward_norm(hidden))
        hidden = own_norm(hidden + self.own(hidden, own))
        hidden = cross_norm(hidden + self.cross(hidden, memory))
        final: Tensor = feed_forward_norm(hidden + self.feed_forward(hidden))
        return final
