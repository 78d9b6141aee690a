"""The figures that are asked for, held against what was measured."""

from __future__ import annotations

from statistics import median
from typing import Any

from benchmarks.quality.bergamot import MODELS
from benchmarks.quality.corpora import CORPORA
from benchmarks.quality.reference import RATES
from benchmarks.quality.reference_row import SEEDS
from benchmarks.quality.statistics import mean
from benchmarks.quality.store import stored, under

Figure = dict[str, Any]


def tests(prefix: str) -> list[float]:
    return [value["test"] for value in under(prefix).values()]


def references(corpus: str, split: str = "test") -> list[float]:
    """Give the reference's metric on `split` a seed, at the rate that all seeds were run with."""
    return best_of(list(under(f"reference/{corpus}/").values()), split)


def best_of(results: list[dict[str, Any]], split: str) -> list[float]:
    searched = [result for result in results if result["seed"] == 0]
    if len({result["rate"] for result in searched}) < len(RATES):  # the search is not over
        return []
    rate = max(searched, key=lambda result: result["dev"])["rate"]
    return [result[split] for result in results if result["rate"] == rate]


def figure(name: str, value: float | None, asked: float, at_most: bool = False) -> Figure:
    holds = None if value is None else (value <= asked if at_most else value >= asked)
    return {"name": name, "value": value, "asked": asked, "at_most": at_most, "holds": holds}


def difference(corpus: str, place: str | None = None) -> float | None:
    """Give our mean at `place` (default: the corpus's fork) minus the reference's, in points."""
    theirs = references(corpus)
    ours = tests(f"ours/{corpus}/layers-{CORPORA[corpus].fork_layer}/") if place is None else found_at(corpus, place)
    return 100 * (mean(ours) - mean(theirs)) if ours and theirs else None


def figures() -> list[Figure]:
    """Give every asked figure; a value of None was not measured yet."""
    ours, head, theirs = (
        tests("ours/banking77/layers-5"), tests("ours/banking77/head-last"), references("banking77"),
    )  # fmt: skip
    rounds = list(under("timing/banking77/").values())
    seconds = {side: median(r[side] for r in rounds) for side in ("layers", "head", "reference")} if rounds else None
    return [
        figure("Banking77, fork 5: accuracy, %", 100 * mean(ours) if ours else None, 92.5),
        figure(
            "Banking77, fork 5: share of the reference's accuracy",
            mean(ours) / mean(theirs) if ours and theirs else None,
            0.99,
        ),
        figure(
            "Banking77, fork 5: share of the reference's wall time",
            seconds["layers"] / seconds["reference"] if seconds else None,
            0.2,
            at_most=True,
        ),
        figure("Banking77, head only: accuracy, %", 100 * mean(head) if head else None, 90.5),
        figure(
            "Banking77, head only: share of the reference's wall time",
            seconds["head"] / seconds["reference"] if seconds else None,
            0.1,
            at_most=True,
        ),
        figure(
            "Banking77, the quickest with at least 99 % of the reference's accuracy: times as fast as the reference",
            times_as_fast({"layers": ours, "head": head}, theirs, seconds) if seconds else None,
            6.0,
        ),
        figure("SNIPS intents, fork 5: points above the reference", difference("snips-intents"), -0.7),
        figure("SNIPS slots, fork 3: points above the reference", difference("snips-slots"), -0.7),
        figure("SNIPS slots, where auto leaves: points above the reference", difference("snips-slots", "picked"), -0.7),
        figure("WNUT-17, fork 3: points above the reference", difference("wnut17"), -1.0),
        figure(
            "PolicyQA, read together, fork 3: F1 points above the reference", difference("policyqa", "joint-3"), -1.0
        ),
        figure("PolicyQA, read apart up to 3: F1 points above read together", apart("policyqa"), -1.0),
        *(
            figure(f"PolicyQA, read apart up to 3, {told}: times as fast at five known passages", faster(place), 2.0)
            for place, told in (("apart-3", "three layers above"), ("apart-3-2", "two layers above"))
        ),
        *translation_figures(),
        *(figure(f"{name}: auto's choice below the best cell (dev), %", lost(name), 1.0, True) for name in CORPORA),
    ]


def translation_figures() -> list[Figure]:
    """Give what is asked of translation; gains are of one seed."""
    return [
        *(figure(f"Tatoeba, {pair}, Firefox's weights: BLEU", said(f"translation/{pair}"), 44.0) for pair in MODELS),
        *(
            figure(f"Tatoeba, {pair}: sentences as the model's own engine writes them, %", same(pair), 90.0)
            for pair in MODELS
        ),
        figure("64 pairs, Chinese-English, random weights: BLEU on them", said("learning/by-heart/seed-0"), 90.0),
        *(
            figure(f"Debian handbook, {method} tuned: BLEU points gained on held-out chapters", gained(method), 0.1)
            for method in ("head", "full")
        ),
    ]


def said(key: str) -> float | None:
    found = stored(key)
    return None if found is None else float(found["bleu"])


def same(pair: str) -> float | None:
    found = stored(f"translation/{pair}")
    return None if found is None else 100 * float(found["identical"])


def gained(method: str) -> float | None:
    """Give the points of BLEU between Firefox's model and the one that was tuned."""
    before, after = said("learning/handbook/before"), said(f"learning/handbook/{method}/seed-0")
    return None if before is None or after is None else after - before


def found_at(corpus: str, place: str) -> list[float]:
    """Give our metric on test a seed; where learning rates were tried, at the one that was best on dev.

    Versions that read both texts apart take the rate of those that read them together.
    """
    results = list(under(f"ours/{corpus}/{place}/").values())
    if not any("rate" in one for one in results):
        return [one["test"] for one in results]
    together = [one for one in under(f"ours/{corpus}/joint-3/").values() if one["seed"] == 0]
    if len({one["rate"] for one in together}) < len(RATES):  # the search is not over
        return []
    rate = max(together, key=lambda one: one["dev"])["rate"]
    return [one["test"] for one in results if one["rate"] == rate]


def apart(corpus: str) -> float | None:
    """Give the mean of versions that read both texts apart up to the fork minus that of joint ones, in points."""
    split, joint = found_at(corpus, "apart-3"), found_at(corpus, "joint-3")
    return 100 * (mean(split) - mean(joint)) if split and joint else None


def faster(place: str) -> float | None:
    """Give the time of a question that is read together with its passages over that of one that is read apart."""
    found = stored("timing/policyqa/five-passages/torch")
    return None if found is None else found["ratios"].get(place)


def times_as_fast(ours: dict[str, list[float]], theirs: list[float], seconds: dict[str, float]) -> float | None:
    """Give the reference's seconds over the fewest of ours that lose no more than a hundredth of its metric."""
    good = [seconds[side] for side, found in ours.items() if found and theirs and mean(found) >= 0.99 * mean(theirs)]
    return seconds["reference"] / min(good) if good else None


def planes(corpus: str) -> dict[tuple[int, int], list[dict[str, Any]]]:
    """Give the measured cells of a corpus's plane."""
    cells: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for result in under(f"plane/{corpus}/").values():
        cells.setdefault((result["fork_layer"], result["branch_layers"]), []).append(result)
    return cells


def lost(corpus: str) -> float | None:
    """Give how far auto's mean dev metric lies below the best cell's, in per cent; None before all seeds are in."""
    chosen = [result["dev"] for result in under(f"auto/{corpus}/").values()]
    best = [mean([r["dev"] for r in results]) for results in planes(corpus).values() if len(results) >= len(SEEDS)]
    return 100 * (1 - mean(chosen) / max(best)) if len(chosen) >= len(SEEDS) and best else None
