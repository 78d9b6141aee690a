"""Row: four tasks on the same texts, ours against one whole model for each task."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.speed.bench import Bench
from benchmarks.speed.comparison import Asks, compare
from benchmarks.speed.plans import Plan
from benchmarks.speed.sides import BUDGET, SORTED_32, ours, peer

FORK_5 = [
    Plan("minilm", "classification", 5, 1, 0, 77),
    Plan("minilm", "classification", 5, 1, 1, 7),
    Plan("minilm", "classification", 6, 0, 2, 20),
    Plan("minilm", "ner", 3, 3, 3, 13),
]
"""Two intents, a head alone, a tagger: what a hand would choose."""

AUTO = {
    "banking77": Plan("minilm", "classification", 3, 2, 8, 77),
    "snips-intents": Plan("minilm", "classification", 3, 1, 9, 7),
    "snips-slots": Plan("minilm", "ner", 1, 2, 11, 39),
    "languages": Plan("minilm", "classification", 1, 1, 10, 4),
}
"""The same kinds of task, where `--fork-layer auto` leaves with seed 0 when they are tuned one after the other on one
trunk; `languages`: which of four languages a sentence of Tatoeba is in."""

TAGGERS = {
    "wnut17": Plan("minilm", "ner", 1, 5, 4, 6),
    "snips-intents": Plan("minilm", "classification", 0, 2, 5, 7),
    "snips-slots": Plan("minilm", "ner", 1, 2, 6, 39),
    "banking77": Plan("minilm", "classification", 3, 2, 7, 77),
}
"""The four corpora of the quality benchmark, each tuned as if it were alone: two taggers, one of which needs nearly all
layers of its own."""


def four_tasks(bench: Bench) -> None:
    """Measure the choices of versions."""
    stream = bench.short()
    everything = range(len(stream.texts))
    asks = {plan.reference: everything for plan in FORK_5}
    sides = [
        ours(FORK_5),
        peer("openvino", FORK_5, BUDGET, "bf16"),
        peer("transformers", FORK_5, SORTED_32, "fp32"),
    ]
    bench.store.measured(
        "four-tasks/fork-5", lambda: {**stream.told(), **compare(sides, stream.texts, asks, bench.scale.rounds)}
    )
    auto, taggers = list(AUTO.values()), list(TAGGERS.values())
    _auto(bench, "auto-all-shared", auto, {plan.reference: everything for plan in auto})
    _auto(bench, "auto-none-shared", auto, apart(auto, len(stream.texts)))
    _auto(bench, "auto-taggers-all-shared", taggers, {plan.reference: everything for plan in taggers})


def apart(plans: Sequence[Plan], texts: int) -> dict[str, range]:
    """Give each task texts of its own, as many as any other."""
    return {plan.reference: range(place, texts, len(plans)) for place, plan in enumerate(plans)}


def _auto(bench: Bench, key: str, plans: Sequence[Plan], asks: Asks) -> None:
    """Measure ours, whole models cut to the same layers, which answer the same, and such of all six, which need not."""
    stream = bench.short()
    sides = [
        ours(plans),
        peer("openvino", plans, BUDGET, "bf16", name="cut"),
        peer("openvino", [full(plan) for plan in plans], BUDGET, "bf16", name="whole", answering_for=plans),
    ]
    least = {"whole": 0.0}
    bench.store.measured(
        f"four-tasks/{key}",
        lambda: {**stream.told(), **compare(sides, stream.texts, asks, bench.scale.rounds, least)},
    )


def full(plan: Plan) -> Plan:
    """Give what each team would have tuned without Trunkline: all six layers."""
    return Plan(plan.trunk, plan.task, 1, 5, plan.number + 10, plan.labels)
