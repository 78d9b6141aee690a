"""What moves the weights: AdamW over two groups of rates, on a one-cycle schedule."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import torch
from torch import nn

FLOOR = 1e-4
"""Share of the peak rate that a cycle ends on."""


def build(
    body: Iterable[nn.Parameter], head: Iterable[nn.Parameter], rates: tuple[float, float], decay: float
) -> torch.optim.AdamW:
    """Make AdamW: `rates` are of the body (layers) and the head; vectors (norms, biases) do not decay."""
    groups = [group for params, rate in zip((body, head), rates, strict=True) for group in _groups(params, rate, decay)]
    return torch.optim.AdamW(groups, fused=True)


def one_cycle(step: int, steps: int, warmup: float) -> float:
    """Share of the peak rate at `step`: up along a cosine in the first `warmup` of the steps, then down.

    Smith and Topin, "Super-Convergence" (2018), with cosine halves.
    """
    rise = warmup * steps
    if step < rise:
        return _cosine(1 / 25, 1.0, (step + 1) / (rise + 1))
    return _cosine(1.0, FLOOR, (step - rise) / max(1.0, steps - rise))


def set_rates(optimizer: torch.optim.Optimizer, factor: float) -> None:
    """Set each group's rate to `factor` of its peak."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor


def _groups(params: Iterable[nn.Parameter], rate: float, decay: float) -> Iterator[dict[str, object]]:
    training = [param for param in params if param.requires_grad]
    for matrices, share in ((True, decay), (False, 0.0)):
        chosen = [param for param in training if (param.ndim > 1) == matrices]
        if chosen:
            yield {"params": chosen, "lr": rate, "peak": rate, "weight_decay": share}


def _cosine(start: float, end: float, way: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * min(1.0, way))) / 2
