"""Each family's own classification head, tensor for tensor as transformers has it. Imports torch.

The names of parameters are transformers' own without the encoder's prefix, so that existing checkpoints load
and ours can be written as theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor, nn

from trunkline import InvalidInput
from trunkline_classification.family import NativeHead
from trunkline_classification.pooling import mean_pool

ACTIVATIONS: Mapping[str, Callable[[], nn.Module]] = {  # transformers' names
    "gelu": nn.GELU,
    "gelu_new": lambda: nn.GELU("tanh"),
    "gelu_pytorch_tanh": lambda: nn.GELU("tanh"),
    "mish": nn.Mish,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "silu": nn.SiLU,
    "swish": nn.SiLU,
    "tanh": nn.Tanh,
}


def activation(name: str) -> nn.Module:
    """Make an activation by transformers' name. Raises `InvalidInput` for one that is not here."""
    if name not in ACTIVATIONS:
        raise InvalidInput(f"the activation {name!r} of this head is not known; known: {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]()


class Dense(nn.Module):
    """Holds a dense layer, so that its name is as transformers has it: `pooler.dense`."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, width)


class PoolerHead(nn.Module):
    """BERT: tanh over the first token; DeBERTa's ContextPooler: the same with its own activation and dropout."""

    def __init__(self, native: NativeHead, width: int, labels: int) -> None:
        super().__init__()
        self.pooler = Dense(width)
        self.pooler_dropout = nn.Dropout(native.pooler_dropout)
        self.activation = activation(native.activation)
        self.dropout = nn.Dropout(native.dropout)
        self.classifier = nn.Linear(width, labels)

    def forward(self, hidden: Tensor, mask: Tensor) -> dict[str, Tensor]:
        pooled = self.activation(self.pooler.dense(self.pooler_dropout(hidden[:, 0])))
        return {"logits": self.classifier(self.dropout(pooled))}


class TwoLayers(nn.Module):
    """RoBERTa's head proper: `dense` and `out_proj`."""

    def __init__(self, width: int, labels: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, labels)


class RobertaHead(nn.Module):
    """RoBERTa and XLM-R: dropout before both layers over the first token."""

    def __init__(self, native: NativeHead, width: int, labels: int) -> None:
        super().__init__()
        self.dropout = nn.Dropout(native.dropout)
        self.activation = activation(native.activation)
        self.classifier = TwoLayers(width, labels)

    def forward(self, hidden: Tensor, mask: Tensor) -> dict[str, Tensor]:
        pooled = self.activation(self.classifier.dense(self.dropout(hidden[:, 0])))
        return {"logits": self.classifier.out_proj(self.dropout(pooled))}


class DistilBertHead(nn.Module):
    """DistilBERT: ReLU over the first token."""

    def __init__(self, native: NativeHead, width: int, labels: int) -> None:
        super().__init__()
        self.pre_classifier = nn.Linear(width, width)
        self.activation = activation(native.activation)
        self.dropout = nn.Dropout(native.dropout)
        self.classifier = nn.Linear(width, labels)

    def forward(self, hidden: Tensor, mask: Tensor) -> dict[str, Tensor]:
        pooled = self.activation(self.pre_classifier(hidden[:, 0]))
        return {"logits": self.classifier(self.dropout(pooled))}


class PredictionHead(nn.Module):
    """ModernBERT's dense layer, activation and norm."""

    def __init__(self, native: NativeHead, width: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, width, bias=native.bias)
        self.activation = activation(native.activation)
        self.norm = nn.LayerNorm(width, eps=native.norm_eps, bias=native.norm_bias)

    def forward(self, pooled: Tensor) -> Tensor:
        normed: Tensor = self.norm(self.activation(self.dense(pooled)))
        return normed


class ModernBertHead(nn.Module):
    """ModernBERT: over the first token or the mean, as its configuration says."""

    def __init__(self, native: NativeHead, width: int, labels: int) -> None:
        super().__init__()
        self.pooling = native.pooling
        self.head = PredictionHead(native, width)
        self.dropout = nn.Dropout(native.dropout)
        self.classifier = nn.Linear(width, labels)

    def forward(self, hidden: Tensor, mask: Tensor) -> dict[str, Tensor]:
        pooled = mean_pool(hidden, mask) if self.pooling == "mean" else hidden[:, 0]
        return {"logits": self.classifier(self.dropout(self.head(pooled)))}


HEADS: Mapping[str, Callable[[NativeHead, int, int], nn.Module]] = {
    "bert": PoolerHead,
    "roberta": RobertaHead,
    "xlm-roberta": RobertaHead,
    "distilbert": DistilBertHead,
    "modernbert": ModernBertHead,
    "deberta": PoolerHead,
    "deberta-v2": PoolerHead,
}


def build_native(native: NativeHead, width: int, labels: int) -> nn.Module:
    """Make the family's head for states of `width`, with torch's own initial weights."""
    return HEADS[native.family](native, width, labels)
