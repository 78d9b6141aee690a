"""Our side: one version tuned, measured on dev and test through the serving engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import trunkline
from benchmarks.quality.corpora import Corpus, Row

HOME = Path(__file__).parent.parent / "work" / "quality"
SETTINGS = trunkline.Settings(home=HOME)


def tune_once(
    corpus: Corpus, seed: int, train: list[Row] | None = None, epochs: int | None = None, **choices: Any
) -> dict[str, Any]:
    """Tune one version; returns its place, dev and test metric, and the seconds of the whole command.

    A head alone takes the epochs that it takes by default, where none are given.
    """
    full, dev, test = corpus.rows()
    result = trunkline.tune(
        corpus.task,
        name=corpus.name,
        data=train or full,
        dev=dev,
        seed=seed,
        epochs=epochs or (None if choices["tuning"] == "head" else corpus.epochs),
        keep_data=False,
        settings=SETTINGS,
        **choices,
    )
    measured = trunkline.evaluate(result.version.reference, data=test, settings=SETTINGS)
    metric = measured.metrics[corpus.metric]
    return {
        "seed": seed,
        "model": result.version.reference,
        "fork_layer": result.version.branch.fork_layer,
        "branch_layers": result.version.branch.branch_layers,
        "seconds": result.seconds,
        "dev": result.evaluation.metrics[corpus.metric].value,
        "test": metric.value,
        "low": metric.low,
        "high": metric.high,
    }
