"""Keeping freed memory while a run lasts, so that every step need not ask the system for it anew."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # malloc.h's names for what mallopt sets
DURING = 2**30
AFTER = 2**25
"""What glibc's own adjustment reaches at most: mmap from 32 MiB, trimming from twice that."""


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Let glibc keep what is freed within this context; elsewhere nothing changes.

    Activations of some MiB would else be given back and taken again at each layer, each page zeroed by the system:
    15 to 20 % of a stem pass in bf16 on 2 cores.
    """
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if libc is None or not hasattr(libc, "mallopt"):
        yield
        return
    libc.mallopt(MMAP_THRESHOLD, DURING)
    libc.mallopt(TRIM_THRESHOLD, DURING)
    try:
        yield
    finally:
        libc.mallopt(MMAP_THRESHOLD, AFTER)
        libc.mallopt(TRIM_THRESHOLD, 2 * AFTER)
        libc.malloc_trim(0)
