"""Row: our versions on each corpus, three seeds: layers at the corpus's fork, and head only."""

from __future__ import annotations

from typing import Any

from benchmarks.quality.corpora import Corpus
from benchmarks.quality.ours import tune_once
from benchmarks.quality.reference_row import SEEDS
from benchmarks.quality.store import measured, stored


def layers(corpus: Corpus) -> list[dict[str, Any]]:
    """Tune everything above the corpus's fork."""
    key = f"ours/{corpus.name}/layers-{corpus.fork_layer}"
    return [
        measured(
            f"{key}/seed-{seed}",
            lambda seed=seed: tune_once(corpus, seed, tuning="layers", fork_layer=corpus.fork_layer),
        )
        for seed in SEEDS
    ]


def head(corpus: Corpus) -> list[dict[str, Any]]:
    """Tune a head alone on the last layer (classification) or on a mix of all layers (tagging)."""
    reads = "last" if corpus.task == "classification" else "mix"
    return [
        measured(
            f"ours/{corpus.name}/head-{reads}/seed-{seed}",
            lambda seed=seed: tune_once(corpus, seed, tuning="head", reads=reads),
        )
        for seed in SEEDS
    ]


def picked(corpus: Corpus) -> list[dict[str, Any]]:
    """Tune at the places that `auto` picked on the plane, for the seeds of which that is measured."""
    places = {seed: place for seed in SEEDS if (place := stored(f"auto/{corpus.name}/seed-{seed}"))}

    def tuned(seed: int, place: dict[str, Any]) -> dict[str, Any]:
        fork, branch = place["fork_layer"], place["branch_layers"]
        if branch == 0:
            return tune_once(corpus, seed, tuning="head", fork_layer=fork)
        return tune_once(corpus, seed, tuning="layers", fork_layer=fork, branch_layers=branch)

    return [
        measured(f"ours/{corpus.name}/picked/seed-{seed}", lambda seed=seed, place=place: tuned(seed, place))
        for seed, place in places.items()
    ]
