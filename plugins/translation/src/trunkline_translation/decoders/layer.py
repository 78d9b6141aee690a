"""One decoder layer over whole targets."""

from __future__ import annotations

from torch import Tensor, nn

from trunkline_translation.decoders.attention import Attention
from trunkline_translation.decoders.configuration import DecoderConfig, SSRUConfig, T5Config
from trunkline_translation.decoders.feed_forward import FeedForward
from trunkline_translation.decoders.norms import RMSNorm
from trunkline_translation.decoders.ssru import SSRU


def norm(config: DecoderConfig, width: int) -> nn.Module:
    """Give the family's norm."""
    if isinstance(config, T5Config):
        return RMSNorm(width, config.norm_epsilon)
    return nn.LayerNorm(width, config.norm_epsilon)


class Layer(nn.Module):
    """What looks at the target, at the memory, at one token: each with dropout, its input added, and a norm."""

    own: Attention | SSRU

    def __init__(self, config: DecoderConfig, width: int) -> None:
        super().__init__()
        self.pre = isinstance(config, T5Config) or config.norm == "pre"
        self.own = SSRU(width) if isinstance(config, SSRUConfig) else Attention(config, width)
        self.own_norm = norm(config, width)
        self.cross, self.cross_norm = Attention(config, width), norm(config, width)
        self.feed_forward, self.feed_forward_norm = FeedForward(config, width), norm(config, width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, hidden: Tensor, memory: Tensor, own_bias: Tensor, memory_bias: Tensor) -> Tensor:
        """Turn (B, T, width) into the same; the biases are added to the scores of each attention."""
        given = self._given(self.own_norm, hidden)
        own = self.own(given, given, own_bias) if isinstance(self.own, Attention) else self.own(given)
        hidden = self._added(self.own_norm, hidden, own)
        hidden = self._added(
            self.cross_norm, hidden, self.cross(self._given(self.cross_norm, hidden), memory, memory_bias)
        )
        return self._added(
            self.feed_forward_norm, hidden, self.feed_forward(self._given(self.feed_forward_norm, hidden))
        )

    def _given(self, normed: nn.Module, hidden: Tensor) -> Tensor:
        given: Tensor = normed(hidden) if self.pre else hidden
        return given

    def _added(self, normed: nn.Module, hidden: Tensor, part: Tensor) -> Tensor:
        added: Tensor = hidden + self.dropout(part)
        if self.pre:
            return added
        out: Tensor = normed(added)
        return out
