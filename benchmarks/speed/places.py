"""Where the benchmark keeps what it makes, and where it leaves results."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / "benchmarks" / "work"
ENVIRONMENTS = WORK / "envs"
MADE = WORK / "speed"  # trunks, registries, whole models, workloads
PEERS = Path(__file__).parent / "peers"
RESULTS = ROOT / "benchmarks" / "results" / "speed"
PAGE = ROOT / "docs" / "benchmarks.md"
