"""The part of a layer that looks at one token only."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional as F

from trunkline_translation.decoders.configuration import DecoderConfig, T5Config
from trunkline_translation.decoders.products import Packing


def _gelu_by_tanh(values: Tensor) -> Tensor:
    return F.gelu(values, approximate="tanh")


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "gelu": F.gelu,
    "gelu_new": _gelu_by_tanh,
    "silu": F.silu,
}


class FeedForward(nn.Module):
    """Two linear layers with an activation between, gated where the family is (Shazeer 2020)."""

    gate: nn.Linear | None

    def __init__(self, config: DecoderConfig, width: int) -> None:
        super().__init__()
        plain = isinstance(config, T5Config)
        self.inner = nn.Linear(width, config.feed_forward, bias=not plain)
        self.outer = nn.Linear(config.feed_forward, width, bias=not plain)
        gated = isinstance(config, T5Config) and config.gated
        self.gate = nn.Linear(width, config.feed_forward, bias=False) if gated else None
        self.activation = ACTIVATIONS[config.activation]
        self.dropout = nn.Dropout(config.activation_dropout)

    def forward(self, hidden: Tensor) -> Tensor:
        inner = self.activation(self.inner(hidden))
        if self.gate is not None:
            inner = inner * self.gate(hidden)
        out: Tensor = self.outer(self.dropout(inner))
        return out


class FeedForwardStep:
    """The same for serving."""

    def __init__(self, whole: FeedForward, packing: Packing) -> None:
        self.gated, self.activation = whole.gate is not None, whole.activation
        first = [whole.inner] if whole.gate is None else [whole.inner, whole.gate]
        self.first, self.outer = packing.product(first), packing.product([whole.outer])

    def __call__(self, hidden: Tensor) -> Tensor:
        if not self.gated:
            return self.outer(self.activation(self.first(hidden)))
        inner, gate = self.first(hidden).chunk(2, dim=-1)
        return self.outer(self.activation(inner) * gate)
