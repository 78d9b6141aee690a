"""What the figures were measured on, and how busy it was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from trunkline.evaluation.environment import environment

TELLING = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16", "amx_int8")
QUIET = 0.5  # load average above which figures are not to be trusted: somebody else computes


def machine() -> dict[str, Any]:
    """Describe processor, cores, memory, instruction sets and our own packages."""
    flags = _first("/proc/cpuinfo", "flags").split()
    memory = int((_first("/proc/meminfo", "MemTotal") or "0 kB").split()[0])
    found = {flag for flag in TELLING if flag in flags}
    return {**environment(), "memory_gib": round(memory / 2**20, 1), "instructions": sorted(found)}


def load_average() -> float:
    """Give the number of running threads, averaged over the last minute."""
    return os.getloadavg()[0]


def _first(file: str, wanted: str) -> str:
    if not Path(file).is_file():
        return ""
    for line in Path(file).read_text("utf-8", "replace").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == wanted:
            return value.strip()
    return ""
