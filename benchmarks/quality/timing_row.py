"""Row: wall time of tuning Banking77, ours and the reference in turn in one run."""

from __future__ import annotations

from typing import Any

from benchmarks.quality.corpora import CORPORA
from benchmarks.quality.ours import tune_once
from benchmarks.quality.reference import run_reference
from benchmarks.quality.reference_row import reference
from benchmarks.quality.store import measured
from benchmarks.quality.trunk import THREADS, packaged_trunk

CORPUS = CORPORA["banking77"]
ROUNDS = 3


def timing() -> list[dict[str, Any]]:
    """Give the seconds of each side in each round; the reference's are of `train()` alone, ours of the whole call."""
    rate = reference(CORPUS)[0]["rate"]

    def once(seed: int) -> dict[str, Any]:
        ours = tune_once(CORPUS, seed, tuning="layers", fork_layer=CORPUS.fork_layer)
        head = tune_once(CORPUS, seed, tuning="head")
        theirs = run_reference(CORPUS, packaged_trunk(), seed, rate, bf16=True, threads=THREADS)
        return {"layers": ours["seconds"], "head": head["seconds"], "reference": theirs["seconds"]}

    return [measured(f"timing/banking77/round-{i}", lambda i=i: once(i)) for i in range(ROUNDS)]
