"""What a measurement was made on: enough to judge a figure, nothing that names a host or a path."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("trunkline", "torch", "transformers", "tokenizers", "numpy", "openvino", "onnxruntime")


def environment(threads: int | None = None) -> dict[str, Any]:
    """Describe processor, cores, threads (None: one a core), system and the versions installed."""
    return {
        "cpu": cpu_model(),
        "cores": cores(),
        "threads": threads or cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
    }


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_model() -> str:
    """Name the processor as the system does, or its architecture where the system does not."""
    listed = Path("/proc/cpuinfo")
    if listed.is_file():
        for line in listed.read_text("utf-8", "replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
