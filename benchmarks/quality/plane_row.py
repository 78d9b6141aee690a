"""Row: the plane of fork and branch length, and what `--fork-layer auto` picks on it at 1 % tolerance."""

from __future__ import annotations

from typing import Any

from benchmarks.quality.corpora import Corpus
from benchmarks.quality.ours import tune_once
from benchmarks.quality.reference_row import SEEDS
from benchmarks.quality.store import measured

LAYERS = 6
BRANCHES = (0, 1, 2, None)  # None: all above the fork


def cells() -> list[tuple[int, int]]:
    """Every (k, b) with b of 0, 1, 2 and all that the trunk allows, from cheap to dear."""
    wanted = {(k, LAYERS - k if b is None else b) for k in range(LAYERS + 1) for b in BRANCHES}
    return sorted((cell for cell in wanted if sum(cell) <= LAYERS), key=lambda cell: (sum(cell), cell[1]))


def plane(corpus: Corpus, seeds: tuple[int, ...] = SEEDS) -> dict[tuple[int, int], list[dict[str, Any]]]:
    """Give one result a cell and seed. Cells without a branch of a tagger read a mix of the states below."""

    def run(k: int, b: int, seed: int) -> dict[str, Any]:
        choices: dict[str, Any] = {"tuning": "layers", "fork_layer": k, "branch_layers": b}
        if b == 0:
            choices = {"tuning": "head", "fork_layer": k, "reads": "mix" if corpus.task == "ner" else "last"}
        key = f"plane/{corpus.name}/k{k}-b{b}/seed-{seed}"
        return measured(key, lambda: tune_once(corpus, seed, **choices))

    return {(k, b): [run(k, b, seed) for seed in seeds] for k, b in cells()}


def auto(corpus: Corpus, seeds: tuple[int, ...] = SEEDS) -> list[dict[str, Any]]:
    """Let `auto` choose at 1 % tolerance."""
    return [
        measured(
            f"auto/{corpus.name}/seed-{seed}",
            lambda seed=seed: tune_once(corpus, seed, tuning="layers", fork_layer="auto", tolerance=0.01),
        )
        for seed in seeds
    ]
