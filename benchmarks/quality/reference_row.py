"""Row: the reference on each corpus. Three learning rates with seed 0, then the best one with two more seeds."""

from __future__ import annotations

from typing import Any

from benchmarks.quality.corpora import Corpus
from benchmarks.quality.reference import RATES, run_reference
from benchmarks.quality.store import measured
from benchmarks.quality.trunk import THREADS, packaged_trunk

SEEDS = (0, 1, 2)


def reference(corpus: Corpus) -> list[dict[str, Any]]:
    """Give one result a seed, at the learning rate that was best on dev."""

    def run(seed: int, rate: float) -> dict[str, Any]:
        key = f"reference/{corpus.name}/rate-{rate:g}/seed-{seed}"
        return measured(key, lambda: run_reference(corpus, packaged_trunk(), seed, rate, bf16=True, threads=THREADS))

    best = max((run(0, rate) for rate in RATES), key=lambda result: result["dev"])["rate"]
    return [run(seed, best) for seed in SEEDS]
