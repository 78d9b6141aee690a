"""Row: the frozen layers computed by torch or by OpenVINO when their states are kept, everything else the same."""

from __future__ import annotations

from typing import Any

from benchmarks.quality.corpora import CORPORA
from benchmarks.quality.ours import tune_once
from benchmarks.quality.reference_row import SEEDS
from benchmarks.quality.store import measured

OVER = ("banking77", "wnut17")
ENGINES = ("torch", "openvino")


def stems() -> list[dict[str, Any]]:
    """Tune layers at each corpus's fork with both, in turn, three seeds."""
    return [
        measured(
            f"stem/{name}/{engine}/seed-{seed}",
            lambda corpus=CORPORA[name], seed=seed, engine=engine: tune_once(
                corpus, seed, tuning="layers", fork_layer=corpus.fork_layer, stem_backend=engine
            ),
        )
        for name in OVER
        for seed in SEEDS
        for engine in ENGINES
    ]
