"""Each target token's loss, without ever holding the logits of a whole batch."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

LOGITS = 2**26
"""Logits at once, 256 MiB in fp32: two thousand tokens of a vocabulary of 32,000. A batch of sentences has fewer."""


def token_losses(
    project: Callable[[Tensor], Tensor], states: Tensor, ids: Tensor, vocabulary: int, smoothing: float = 0.0
) -> Tensor:
    """Give the cross-entropy of ids (N,) under the logits that `project` makes of states (N, width): (N,) in fp32.

    What does not fit into `LOGITS` is projected in parts, each of them once more for its gradient.
    """

    def losses(states: Tensor, ids: Tensor) -> Tensor:
        return F.cross_entropy(project(states).float(), ids, reduction="none", label_smoothing=smoothing)

    size = max(1, LOGITS // vocabulary)
    if len(ids) <= size:
        return losses(states, ids)
    parts = zip(torch.split(states, size), torch.split(ids, size), strict=True)
    return torch.cat([checkpoint(losses, *part, use_reentrant=False, preserve_rng_state=False) for part in parts])
