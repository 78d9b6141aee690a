"""Row: that decoders learn: a tiny model from random weights, and Firefox's model from a handbook's paragraphs."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import trunkline
from benchmarks.quality import bergamot
from benchmarks.quality.corpora import Row, translations
from benchmarks.quality.handbook import handbook
from benchmarks.quality.ours import SETTINGS
from benchmarks.quality.store import measured
from benchmarks.quality.tiny_marian import write_tiny_marian
from benchmarks.quality.translation_row import figures_of
from trunkline.tuning.importing import import_model

PAIRS = 64
BY_HEART: Mapping[str, Any] = {
    "epochs": 60,
    "batch_size": 16,
    "learning_rate": 3e-3,
    "patience": 60,
    "options": {"label_smoothing": 0.0},
}
"""To know 64 pairs by heart takes many epochs, a rate for random weights, and nothing that holds it back."""
METHODS: tuple[Literal["head", "full"], ...] = ("head", "full")
_SPLIT = re.compile(r"\d|[。！？!?…].")  # numbers are kept as they are, and sentences translated one by one


def learning() -> None:
    """Take every measurement that is not there yet."""
    measured("learning/by-heart/seed-0", lambda: by_heart(chinese_pairs()))
    measured("learning/handbook/before", before)
    for method in METHODS:
        measured(f"learning/handbook/{method}/seed-0", lambda method=method: after(method))


def chinese_pairs(count: int = PAIRS) -> list[Row]:
    """Draw pairs of Tatoeba, Chinese and English, no sentence of which comes twice, that are asked as one sentence."""
    drawn = list(zip(*translations("cmn"), strict=True))
    random.Random(0).shuffle(drawn)
    found: dict[str, str] = {}
    for chinese, english in drawn:
        if len(found) < count and not _SPLIT.search(chinese) and chinese not in found and english not in found.values():
            found[chinese] = english
    return [{"source": chinese, "target": english} for chinese, english in found.items()]


def by_heart(rows: Sequence[Row], settings: trunkline.Settings = SETTINGS, **choices: Any) -> dict[str, Any]:
    """Tune a tiny Marian of random weights on `rows`, and have it translate the same ones."""
    with TemporaryDirectory() as scratch:
        folder = write_tiny_marian(Path(scratch), [text for row in rows for text in row.values()])
        start = import_model("translation/tiny", folder, settings).reference
    wish = {**BY_HEART, "tuning": "full", "keep_data": False, "settings": settings, **choices}
    result = trunkline.tune("translation", name="by-heart", start=start, data=list(rows), dev=list(rows), **wish)
    blank = trunkline.evaluate(start, data=list(rows), record=False, settings=settings)
    return {
        "seed": wish.get("seed", 0),
        "pairs": len(rows),
        "model": result.version.reference,
        "seconds": result.seconds,
        "settings": {name: wish[name] for name in BY_HEART},
        "bleu_of_random_weights": blank.metrics["bleu"].value,
        **figures_of(result.evaluation),
    }


def before() -> dict[str, Any]:
    """Measure Firefox's model on the handbook as it is."""
    _, _, test = handbook()
    reference = bergamot.version("en-pt")
    found = trunkline.evaluate(reference, data=test, record=False, settings=SETTINGS)
    return {"model": reference, "pairs": len(test), **figures_of(found)}


def after(
    method: Literal["head", "full"],
    rows: tuple[Sequence[Row], Sequence[Row], Sequence[Row]] | None = None,
    settings: trunkline.Settings = SETTINGS,
    **choices: Any,
) -> dict[str, Any]:
    """Tune Firefox's model on the handbook's paragraphs, and measure it on chapters that it has not seen."""
    train, dev, test = rows or handbook()
    wish: dict[str, Any] = {"start": "", "seed": 0, **choices}
    wish["start"] = wish["start"] or bergamot.version("en-pt", settings)
    result = trunkline.tune(
        "translation",
        name=f"handbook-{method}",
        tuning=method,
        data=list(train),
        dev=list(dev),
        test=list(test),
        keep_data=False,
        settings=settings,
        **wish,
    )
    assert result.test is not None
    return {
        "seed": wish["seed"],
        "pairs": len(train),
        "test_pairs": len(test),
        "model": result.version.reference,
        "seconds": result.seconds,
        "settings": {name: value for name, value in wish.items() if name not in ("start", "seed")},
        "dev_bleu": result.evaluation.metrics["bleu"].value,
        **figures_of(result.test),
    }
