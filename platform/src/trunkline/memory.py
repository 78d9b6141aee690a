"""The process's memory as the C library and the system keep it; elsewhere than on Linux with glibc nothing happens."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # malloc.h's names for what mallopt sets
DONTNEED = 4  # mman.h's MADV_DONTNEED
DURING = 2**30
AFTER = 2**25
"""What glibc's own adjustment reaches at most: mmap from 32 MiB, trimming from twice that."""


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Let glibc keep what is freed within this context, so that every step of a run need not ask the system anew.

    Activations of some MiB would else be given back and taken again at each layer, each page zeroed by the system:
    15 to 20 % of a stem pass in bf16 on 2 cores.
    """
    libc = _glibc()
    if libc is None:
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


def trim() -> None:
    """Give freed memory back to the system."""
    if (libc := _glibc()) is not None:
        libc.malloc_trim(0)


def forget_pages(files: Collection[Path]) -> None:
    """Take what was read of mapped files, by their resolved paths, out of the process's memory.

    Harmless for files that are only read: a page that is wanted again is read again, mostly from the system's cache.
    """
    libc, names = _glibc(), {str(path) for path in files}
    if libc is None:
        return
    for line in Path("/proc/self/maps").read_text().splitlines():
        address, rights, *_, name = line.split(maxsplit=5) if line.count(" ") > 4 else ("", "", "")
        if name in names and "w" not in rights:
            start, end = (int(bound, 16) for bound in address.split("-"))
            libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), DONTNEED)


@cache
def _glibc() -> Any:
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    return libc if libc is not None and hasattr(libc, "mallopt") else None
