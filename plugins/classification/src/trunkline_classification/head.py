"""The head over pooled states: dropout and one linear layer. Imports torch."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from trunkline_classification.config import ClassifierConfig
from trunkline_classification.native import build_native
from trunkline_classification.pooling import mean_pool

INITIAL_DEVIATION = 0.02  # of new weights, as transformers initialises its heads


class PooledHead(nn.Module):
    """Logits (B, labels) from the mean over tokens, or from the first token."""

    def __init__(self, width: int, labels: int, pooling: Literal["mean", "first"], dropout: float) -> None:
        super().__init__()
        self.pooling = pooling
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(width, labels)

    def forward(self, hidden: Tensor, mask: Tensor) -> dict[str, Tensor]:
        pooled = mean_pool(hidden, mask) if self.pooling == "mean" else hidden[:, 0]
        return {"logits": self.classifier(self.dropout(pooled))}


def build_head(config: ClassifierConfig, width: int) -> nn.Module:
    """Make the head that `config` describes, with fresh weights."""
    if config.pooling == "native":
        assert config.native is not None
        native = config.native.model_copy(update={"dropout": config.dropout})
        head: nn.Module = build_native(native, width, len(config.labels))
    else:
        head = PooledHead(width, len(config.labels), config.pooling, config.dropout)
    for module in head.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=INITIAL_DEVIATION)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return head


def classification_loss(logits: Tensor, targets: Tensor, config: ClassifierConfig) -> Tensor:
    """Give the mean cross-entropy; of a multi-label task, of each label alone. In fp32 whatever the logits are."""
    logits = logits.float()
    weights = logits.new_tensor(config.class_weights) if config.class_weights else None
    smoothing = config.label_smoothing
    if not config.multi_label:
        return nn.functional.cross_entropy(logits, targets.long(), weight=weights, label_smoothing=smoothing)
    smoothed = targets.float() * (1 - smoothing) + smoothing / 2
    return nn.functional.binary_cross_entropy_with_logits(logits, smoothed, pos_weight=weights)
