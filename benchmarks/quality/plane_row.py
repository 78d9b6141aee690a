"""Row: the plane of fork and branch length, and what `--fork-layer auto` picks on it at 1 % tolerance.

The cells of a corpus and seed stand on one set of cached states, as those that `auto` tries do; `auto` itself then
finds their trials finished and trains only what is missing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trunkline
from benchmarks.quality.corpora import Corpus
from benchmarks.quality.ours import HOME, SETTINGS
from benchmarks.quality.reference_row import SEEDS
from benchmarks.quality.store import is_measured, measured
from benchmarks.quality.trunk import THREADS, packaged_trunk
from trunkline.data.read import read_examples
from trunkline.memory import freed_memory_kept
from trunkline.progress import Silent
from trunkline.records import BranchSpec
from trunkline.tuning import auto as tuning_auto
from trunkline.tuning.config import TuneConfig
from trunkline.tuning.curve import Curve
from trunkline.tuning.determinism import deterministic
from trunkline.tuning.ground import Ground
from trunkline.tuning.states import layers_read
from trunkline.tuning.trial import Trial, train
from trunkline.tuning.trunks import choose

LAYERS = 6
BRANCHES = (0, 1, 2, None)  # None: all above the fork
TOLERANCE = 0.01


def cells() -> list[tuple[int, int]]:
    """Every (k, b) with b of 0, 1, 2 and all that the trunk allows, from cheap to dear."""
    wanted = {(k, LAYERS - k if b is None else b) for k in range(LAYERS + 1) for b in BRANCHES}
    return sorted((cell for cell in wanted if sum(cell) <= LAYERS), key=lambda cell: (sum(cell), cell[1]))


def plane(corpus: Corpus, seeds: tuple[int, ...] = SEEDS) -> None:
    """Measure every cell and what auto picks, seed by seed; what is measured already is not trained again."""
    for seed in seeds:
        keys = {cell: f"plane/{corpus.name}/k{cell[0]}-b{cell[1]}/seed-{seed}" for cell in cells()}
        auto_key = f"auto/{corpus.name}/seed-{seed}"
        if all(map(is_measured, [*keys.values(), auto_key])):
            continue
        with prepared(corpus, seed) as (ground, folder):
            for cell, key in keys.items():
                measured(key, lambda cell=cell: cell_of(ground, cell, folder, corpus))
            measured(auto_key, lambda: picked(ground, folder))


@contextmanager
def prepared(corpus: Corpus, seed: int) -> Iterator[tuple[Ground, Path]]:
    """Lay the ground of a tuning run with `--fork-layer auto` on a corpus; gives it and the folder of its trials."""
    config = TuneConfig.checked(
        task=corpus.task,
        name=corpus.name,
        trunk=packaged_trunk(),
        fork_layer="auto",
        epochs=corpus.epochs,
        seed=seed,
        tolerance=TOLERANCE,
    )
    plugins = trunkline.load_plugins()
    task = plugins.head_task(corpus.task)
    work = HOME / "plane" / f"{corpus.name}-seed-{seed}"
    shutil.rmtree(work / "trunk", ignore_errors=True)  # of a run that was killed
    train_rows, dev_rows, _ = (read_examples(task, rows, plugins, {}) for rows in corpus.rows())
    with (
        deterministic(THREADS),
        freed_memory_kept(),
        trunkline.registry(SETTINGS) as registry,
    ):
        trunk, folder = choose(config.trunk, registry, SETTINGS, work / "trunk", config.check_place)
        ground = Ground.lay(config, task, trunk, folder, (train_rows, dev_rows), work / "states", SETTINGS)
        layers = sorted({layer for cell in cells() for layer in layers_read(spec_of(cell, corpus))})
        ground.cache_states(layers, Silent())
        yield ground, work
    shutil.rmtree(work, ignore_errors=True)


def spec_of(cell: tuple[int, int], corpus: Corpus) -> BranchSpec:
    """Cells of a tagger without layers of their own read a mix of the states below."""
    mixes = cell[1] == 0 and corpus.task == "ner"
    return BranchSpec(fork_layer=cell[0], branch_layers=cell[1], reads="mix" if mixes else "last")


def cell_of(ground: Ground, cell: tuple[int, int], work: Path, corpus: Corpus) -> dict[str, Any]:
    spec = spec_of(cell, corpus)
    name = f"{cell[0]}+{cell[1]}" + ("-mix" if spec.reads == "mix" else "")
    return told(train(ground, spec, False, work / name, Silent()))


def picked(ground: Ground, work: Path) -> dict[str, Any]:
    """Let auto choose on a trunk that no other version uses."""
    trial, curve = tuning_auto.explore(ground, [], work, Silent())
    return {**told(trial), "tried": len(curve.points), "best_tried": best(curve)}


def best(curve: Curve) -> float:
    return max(point.metric for point in curve.points)


def told(trial: Trial) -> dict[str, Any]:
    return {
        "fork_layer": trial.spec.fork_layer,
        "branch_layers": trial.spec.branch_layers,
        "dev": trial.score,
        "seconds": trial.seconds,
    }
