"""Where the benchmark keeps what it makes, and where it leaves results."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from benchmarks.speed.texts import CORPORA

ROOT = Path(__file__).parents[2]
WORK = ROOT / "benchmarks" / "work"
ENVIRONMENTS = WORK / "envs"
MADE = WORK / ("speed-corpora" if CORPORA.is_dir() else "speed")  # trunks, registries, whole models, logs
"""Heads are made of texts: those made of the corpora's and of the generator's must not meet."""
PEERS = Path(__file__).parent / "peers"
RESULTS = ROOT / "benchmarks" / "results" / "speed"
PAGE = ROOT / "docs" / "benchmarks.md"


def passed(folder: str, name: str, kind: str = "json") -> Path:
    """Give the place of a file by which processes of this run pass texts or answers; gone when the run ends.

    Two runs at once may not read each other's, so none of these is under `MADE`.
    """
    place = Path(_scratch().name) / folder
    place.mkdir(exist_ok=True)
    return place / f"{name.replace('/', '-')}.{kind}"


@cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="trunkline-speed-")
