"""Write docs/quality.md and the figures' JSON from what has been measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.quality.baselines_row import LABELS_PER_CLASS, METHODS, slug
from benchmarks.quality.corpora import CORPORA
from benchmarks.quality.figures import Figure, figures, references, tests
from benchmarks.quality.page_texts import policies_told, searches_told
from benchmarks.quality.plots import draw_plane
from benchmarks.quality.statistics import mean, shown
from benchmarks.quality.stem_row import ENGINES, OVER
from benchmarks.quality.store import RESULTS, stored, under
from benchmarks.quality.translation_texts import learning_told, translations_told, trunks_told
from trunkline.evaluation.environment import environment

INTRODUCTION = """\
Written by `make quality` from `benchmarks/results/quality/`; what is not measured yet says so. The trunk is the
packaged MiniLM (6 layers, 22.7M parameters). The reference is plain transformers: `Trainer`, everything training,
on the same trunk, rows, epochs, batch of 32, pooling and bf16, batches grouped by length, the learning rate the best
of three on dev. Means over seeds in per cent of the test set, with 95 % intervals (Student's t) where there are
several seeds.
"""
VERDICT = {None: "-", True: "yes", False: "**no**"}
DOCS = Path(__file__).parent.parent.parent / "docs"


def write_page() -> None:
    """Write everything that follows from the stored measurements."""
    held = figures()
    summary = {"environment": environment(), "figures": held}
    RESULTS.with_suffix(".json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    DOCS.mkdir(exist_ok=True)
    (DOCS / "quality.md").write_text("\n".join(lines(held)) + "\n", encoding="utf-8")


def lines(held: list[Figure]) -> Iterator[str]:
    yield "# Quality"
    yield ""
    yield INTRODUCTION
    yield from table_of_figures(held)
    yield from table_of_corpora()
    yield from timing_told()
    yield from table_of_few()
    yield from planes_drawn()
    yield from stems_told()
    yield from policies_told()
    yield from searches_told()
    yield from translations_told()
    yield from learning_told()
    yield from trunks_told()
    yield from analyze_told()


def table_of_figures(held: list[Figure]) -> Iterator[str]:
    yield from ("## Figures to hold", "", "| figure | measured | asked | holds |", "|---|---|---|---|")
    for one in held:
        value = "not measured yet" if one["value"] is None else f"{one['value']:.3g}"
        asked = f"{'at most' if one['at_most'] else 'at least'} {one['asked']:g}"
        yield f"| {one['name']} | {value} | {asked} | {VERDICT[one['holds']]} |"
    yield ""


def table_of_corpora() -> Iterator[str]:
    yield from (
        "## The four corpora",
        "",
        "| corpus | metric | reference | ours | head only | published |",
        "|---|---|---|---|---|---|",
    )
    for corpus in CORPORA.values():
        reads = "last" if corpus.task == "classification" else "mix"
        ours = tests(f"ours/{corpus.name}/layers-{corpus.fork_layer}")
        head = tests(f"ours/{corpus.name}/head-{reads}")
        yield (
            f"| {corpus.name} | {corpus.metric} | {shown(references(corpus.name))} | "
            f"{shown(ours)} (fork {corpus.fork_layer}) | {shown(head)} | {corpus.anchor} |"
        )
    yield ""


def timing_told() -> Iterator[str]:
    yield from ("## Seconds to tune Banking77", "")
    rounds = list(under("timing/banking77/").values())
    if not rounds:
        yield from ("Not measured yet.", "")
        return
    yield "Ours: the whole call, with loading, caching, evaluating and registering. The reference: `train()` alone."
    yield f"In turn, rounds: {len(rounds)}; medians. Seconds in other result files were taken beside other work."
    yield from ("", "| layers, fork 5 | head only | reference |", "|---|---|---|")
    cells = (f"{median(one[side] for one in rounds):.0f}" for side in ("layers", "head", "reference"))
    yield f"| {' | '.join(cells)} |"
    yield ""


def table_of_few() -> Iterator[str]:
    yield from ("## Banking77 with few labels", "")
    yield "Where a simple method is ahead, use it. Tuned methods take at least 400 steps; a seed draws other labels."
    yield ""
    yield f"| method | {' | '.join(f'{count} a class' for count in LABELS_PER_CLASS)} | all |"
    yield "|---" * (len(LABELS_PER_CLASS) + 2) + "|"
    whole = {
        "head only": tests("ours/banking77/head-last"),
        "layers, fork 5": tests("ours/banking77/layers-5"),
        "reference": references("banking77"),
    }
    for method in METHODS:
        name = slug(method)
        cells = [shown(tests(f"few/{name}/{count}-per-class")) for count in LABELS_PER_CLASS]
        cells.append(shown(whole.get(method) or tests(f"few/{name}/all")))
        yield f"| {method} | {' | '.join(cells)} |"
    yield ""


def planes_drawn() -> Iterator[str]:
    yield from ("## Where to leave the trunk", "")
    for corpus in CORPORA:
        if draw_plane(corpus, DOCS / "quality" / f"plane-{corpus}.svg"):
            seeds = {key.rsplit("-", 1)[1] for key in under(f"plane/{corpus}/")}
            yield f"![{corpus}](quality/plane-{corpus}.svg)"
            yield f"Seeds measured: {len(seeds)}."
        else:
            yield f"{corpus}: not measured yet."
        yield ""


def stems_told() -> Iterator[str]:
    yield from ("## Who computes the frozen layers", "")
    yield "Where states are kept, `--stem-backend` has torch or OpenVINO compute them, both in bfloat16; in turn, seeds"
    yield "0 to 2, test set."
    yield from ("", "| corpus | torch | OpenVINO | points above torch | seconds, torch | seconds, OpenVINO |")
    yield "|---|---|---|---|---|---|"
    for corpus in OVER:
        found = {engine: list(under(f"stem/{corpus}/{engine}/").values()) for engine in ENGINES}
        if all(found.values()):
            scores = {engine: [one["test"] for one in of_engine] for engine, of_engine in found.items()}
            seconds = [median(one["seconds"] for one in found[engine]) for engine in ENGINES]
            above = 100 * (mean(scores["openvino"]) - mean(scores["torch"]))
            cells = [
                *(shown(scores[engine]) for engine in ENGINES),
                f"{above:+.2f}",
                *(f"{one:.0f}" for one in seconds),
            ]
            yield f"| {corpus} | {' | '.join(cells)} |"
    yield ""


def analyze_told() -> Iterator[str]:
    yield from ("## One call for four versions", "")
    found = stored("analyze/four-versions")
    if found is None:
        yield "Not measured yet."
        return
    passes, calls = found["stem_passes_in_one"], found["stem_passes_apart"]
    yield f"{found['texts']} texts, four versions of one trunk: `/v1/analyze` made {passes} stem passes where one"
    yield f"call per model makes {calls}, and took 1/{found['ratio']:.2f} of the time (medians of 5, in turn)."
