"""What a measurement was made on: enough to judge a figure, nothing that names a host or a path."""

from __future__ import annotations

import platform
from typing import Any

from trunkline.machine import cores, cpu_model, versions_of

PACKAGES = ("trunkline", "torch", "transformers", "tokenizers", "numpy", "openvino", "onnxruntime", "ctranslate2")


def environment(threads: int | None = None) -> dict[str, Any]:
    """Describe processor, cores, threads (None: one a core), system and the versions installed."""
    return {
        "cpu": cpu_model(),
        "cores": cores(),
        "threads": threads or cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": versions_of(PACKAGES),
    }
