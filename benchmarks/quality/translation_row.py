"""Row: Firefox's models between English and Portuguese on Tatoeba, written by our engine and by their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sacrebleu

import trunkline
from benchmarks.quality import bergamot
from benchmarks.quality.bergamot import MODELS
from benchmarks.quality.corpora import Row
from benchmarks.quality.ours import SETTINGS
from benchmarks.quality.store import measured


def translation() -> list[dict[str, Any]]:
    """Measure both directions."""
    return [measured(f"translation/{pair}", lambda pair=pair: compared(pair, bergamot.pairs(pair))) for pair in MODELS]


def compared(pair: str, rows: Sequence[Row]) -> dict[str, Any]:
    """Give BLEU and chrF of our translations, and the share that the model's own engine writes to the letter.

    Both are asked the same texts as a user asks them: ours splits them into sentences and keeps what must be kept.
    """
    reference, sources = bergamot.version(pair), [row["source"] for row in rows]
    found = trunkline.evaluate(reference, data=list(rows), record=False, settings=SETTINGS)
    with trunkline.load(reference, SETTINGS) as model:
        ours = [one.translation for one in model.predict(sources)]
    theirs = bergamot.written_by_its_own_engine(pair, sources)
    return {
        **figures_of(found),
        "model": reference,
        "sentences": len(rows),
        "engine": f"{found.backend} {found.precision}",
        "weights": bergamot.package_version(),
        "identical": 1 - len(differing(ours, theirs)) / len(rows),
        "differing_rows": differing(ours, theirs),  # numbers alone: the sentences are not ours to publish
        "their_bleu": sacrebleu.corpus_bleu(theirs, [[row["target"] for row in rows]]).score,
        "their_chrf": sacrebleu.corpus_chrf(theirs, [[row["target"] for row in rows]]).score,
    }


def figures_of(found: trunkline.Evaluation) -> dict[str, Any]:
    """Give both metrics with their 95 % intervals, and the signatures."""
    told: dict[str, Any] = {"signatures": found.report["signatures"]}
    for name in ("bleu", "chrf"):
        metric = found.metrics[name]
        told |= {name: metric.value, f"{name}_low": metric.low, f"{name}_high": metric.high}
    return told


def differing(ours: Sequence[str], theirs: Sequence[str]) -> list[int]:
    """Give the numbers of the rows, from 1, that are not the same to the letter, white space at the ends aside."""
    return [
        number
        for number, (mine, other) in enumerate(zip(ours, theirs, strict=True), 1)
        if mine.strip() != other.strip()
    ]
