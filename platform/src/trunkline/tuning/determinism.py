"""Same seed, threads and machine: same weights."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from trunkline.machine import cores


def seed_everything(seed: int) -> None:
    """Seed every generator that a head or a loss may draw from."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


@contextmanager
def deterministic(threads: int | None) -> Iterator[int]:
    """Compute with this many threads (None: one a core), reproducibly; gives their number."""
    before, strict = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    filling = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    torch.set_num_threads(threads or cores())
    torch.set_deterministic_debug_mode("warn")  # use_deterministic_algorithms would import torch's compiler: 1.5 s
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # costs time, adds nothing
    try:
        yield torch.get_num_threads()
    finally:
        torch.set_num_threads(before)
        torch.set_deterministic_debug_mode(strict)
        torch.utils.deterministic.fill_uninitialized_memory = filling  # type: ignore[attr-defined]


def precision_for(asked: str) -> str:
    """What "auto" means on this machine: bf16 where the CPU computes in it, else fp32."""
    if asked != "auto":
        return asked
    return "bf16" if torch.ops.mkldnn._is_mkldnn_bf16_supported() else "fp32"
