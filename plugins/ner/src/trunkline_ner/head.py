"""The head itself, in torch: hidden states of tokens in, scores of tags out."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn
from torch.nn import functional as F

from trunkline import IGNORE, HeadConfig, InvalidInput

_ACTIVATIONS = {"gelu": nn.GELU, "relu": nn.ReLU, "silu": nn.SiLU, "tanh": nn.Tanh}


class PredictionHead(nn.Module):
    """What ModernBERT puts before its classifier: a dense layer, its activation, a norm."""

    def __init__(self, config: HeadConfig, width: int) -> None:
        super().__init__()
        if config["activation"] not in _ACTIVATIONS:
            raise InvalidInput(f"the head's activation {config['activation']!r}; known: {', '.join(_ACTIVATIONS)}")
        self.dense = nn.Linear(width, width, bias=config["dense_bias"])
        self.act = _ACTIVATIONS[config["activation"]]()
        self.norm = nn.LayerNorm(width, eps=config["norm_eps"], bias=config["norm_bias"])

    def forward(self, hidden: Tensor) -> Tensor:
        return cast(Tensor, self.norm(self.act(self.dense(hidden))))


class TagHead(nn.Module):
    """Dropout and a linear layer over tokens; a checkpoint of some families brings a `PredictionHead` too."""

    def __init__(self, config: HeadConfig, width: int) -> None:
        super().__init__()
        self.head = PredictionHead(config, width) if config["layout"] == "prediction_head" else nn.Identity()
        self.dropout = nn.Dropout(config["dropout"])
        self.classifier = nn.Linear(width, len(config["tags"]))

    def forward(self, hidden: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Turn (B, T, width) into `logits` (B, T, tags); the mask is of no matter to a token by itself."""
        return {"logits": self.classifier(self.dropout(self.head(hidden)))}


def tag_loss(logits: Tensor, tags: Tensor) -> Tensor:
    """Give the mean cross entropy over the tokens that have a tag; 0 where none has (a batch of empty texts)."""
    total = F.cross_entropy(logits.float().flatten(0, 1), tags.flatten(), ignore_index=IGNORE, reduction="sum")
    return total / (tags != IGNORE).sum().clamp(min=1)
