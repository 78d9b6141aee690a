"""A decoder: trained on whole targets, served one token at a time."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from trunkline_translation.decoders.cache import Cache
from trunkline_translation.decoders.configuration import DecoderConfig, SSRUConfig, T5Config
from trunkline_translation.decoders.embedding import Embedding
from trunkline_translation.decoders.layer import Layer, norm
from trunkline_translation.decoders.output import Output
from trunkline_translation.decoders.positions import RelativeBias
from trunkline_translation.decoders.prepared import Prepared
from trunkline_translation.decoders.products import Packing


class Decoder(nn.Module):
    """The head of a translation version. Memories are the trunk's states (B, S, width), `seen` its mask (B, S) bool."""

    relative: RelativeBias | None
    final_norm: nn.Module | None

    def __init__(self, config: DecoderConfig, width: int) -> None:
        super().__init__()
        self.config, self.width = config, width
        is_t5 = isinstance(config, T5Config)
        self.recurrent = isinstance(config, SSRUConfig)
        self.embedding, self.output = Embedding(config, width), Output(config, width)
        self.layers = nn.ModuleList(Layer(config, width) for _ in range(config.layers))
        self.relative = self.final_norm = None
        if isinstance(config, T5Config):
            self.relative = RelativeBias(config.buckets, config.heads, config.max_distance)
        if isinstance(config, T5Config) or config.final_norm:
            self.final_norm = norm(config, width)
        self.dropout = nn.Dropout(config.dropout if is_t5 else 0.0)
        self.output_scale = width**-0.5 if isinstance(config, T5Config) and config.scale_output else 1.0

    @property
    def positions(self) -> int | None:
        """The longest target that can be read, where positions are learned."""
        return self.embedding.limit

    @property
    def stack(self) -> list[Layer]:
        """The layers, first to last."""
        return [layer for layer in self.layers if isinstance(layer, Layer)]

    def forward(self, hidden: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Give what an engine keeps of an encoder pass: the states themselves, as `memory`."""
        return {"memory": hidden}

    def teach(self, memory: Tensor, seen: Tensor, ids: Tensor) -> Tensor:
        """Give the logits (B, T, vocabulary) of the token after each of ids (B, T), as `read` reads them."""
        return self.project(self.read(memory, seen, ids))

    def read(self, memory: Tensor, seen: Tensor, ids: Tensor) -> Tensor:
        """Give what the output projection reads, (B, T, width), of each of ids (B, T), which sees those up to it.

        The first id is the start token, -1 where the target begins with an embedding of zeros; padding stands at the
        end. Raises `InvalidInput` beyond the last position that was learned.
        """
        hidden = self.embedding(ids)
        own_bias, memory_bias = self._causal(ids.shape[1], hidden), _lowest_where(~seen, hidden)[:, None, None]
        memory = memory.to(hidden.dtype)
        for layer in self.layers:
            hidden = layer(hidden, memory, own_bias, memory_bias)
        read: Tensor = self.dropout(self.finished(hidden))
        return read

    def project(self, read: Tensor) -> Tensor:
        """Turn what `read` gives, (..., width), into logits (..., vocabulary)."""
        logits: Tensor = self.output(read, self.embedding.tokens.weight)
        return logits

    def _causal(self, length: int, like: Tensor) -> Tensor:
        later = torch.ones(length, length, dtype=torch.bool, device=like.device).triu(1)
        bias = _lowest_where(later, like)[None, None]
        return bias if self.relative is None else bias + self.relative.square(length)

    def finished(self, hidden: Tensor) -> Tensor:
        """Turn the last layer's states into what the output projection reads."""
        if self.final_norm is not None:
            hidden = self.final_norm(hidden)
        return hidden if self.output_scale == 1.0 else hidden * self.output_scale

    def prepare(self, layers: Packing | None = None, output: Packing | None = None) -> Prepared:
        """Pack the weights for serving, those of the layers and of the output projection each in a type of its own.

        A packed copy of the weights is made; by default in their own type. `output` is as `layers` if not given.
        """
        layers = layers or Packing(reordered=True)
        return Prepared(self, layers, output or layers)

    def start(self, memory: Tensor, seen: Tensor) -> Cache:
        """Begin one row for each memory, with the weights as they are now; `prepare` once where many follow."""
        return self.prepare(Packing()).start(memory, seen)

    def step(self, ids: Tensor, cache: Cache) -> Tensor:
        """Show each row its next token, ids (rows,), and give the logits of the one after, (rows, vocabulary)."""
        return cache.prepared.step(ids, cache)


def _lowest_where(hidden_places: Tensor, like: Tensor) -> Tensor:
    """Give zeros of the type of `like`, and its lowest number where True."""
    zeros = torch.zeros(hidden_places.shape, dtype=like.dtype, device=like.device)
    return zeros.masked_fill(hidden_places, torch.finfo(like.dtype).min)
