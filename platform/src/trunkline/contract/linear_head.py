"""A head that is one product, told in numbers, so that an engine may do without a graph of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Pooling = Literal["mean", "first", "none"]


@dataclass(frozen=True, slots=True)
class LinearHead:
    """`output` = states, pooled, times `weight` transposed, plus `bias`.

    The states are pooled over a text's tokens (`mean`: special ones included), taken of the leading token (`first`), or
    read token by token (`none`).
    """

    pooling: Pooling
    output: str = "logits"
    weight: str = "classifier.weight"  # (outputs, width), by its name in the head's state dict
    bias: str = "classifier.bias"  # (outputs,)
