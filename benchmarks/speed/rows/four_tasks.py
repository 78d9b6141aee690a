"""Row: four tasks on the same texts, ours against one whole model for each task."""

from __future__ import annotations

from typing import Any

from benchmarks.speed.bench import Bench
from benchmarks.speed.comparison import compare
from benchmarks.speed.plans import Plan
from benchmarks.speed.sides import BUDGET, SORTED_32, ours, peer

FORK_5 = [
    Plan("minilm", "classification", 5, 1, 0, 77),
    Plan("minilm", "classification", 5, 1, 1, 7),
    Plan("minilm", "classification", 6, 0, 2, 20),
    Plan("minilm", "ner", 3, 3, 3, 13),
]
"""Two intents, a head alone, a tagger: what a hand would choose."""

AUTO = [
    Plan("minilm", "ner", 1, 5, 4, 6),
    Plan("minilm", "classification", 0, 2, 5, 7),
    Plan("minilm", "ner", 1, 2, 6, 39),
    Plan("minilm", "classification", 3, 1, 7, 77),
]
"""Where `--fork-layer auto` left on WNUT-17, SNIPS intents and slots, and Banking77."""

AUTO_WHOLE = [Plan(plan.trunk, plan.task, 1, 5, plan.number + 10, plan.labels) for plan in AUTO]
"""What each team would have tuned without Trunkline: all six layers."""


def four_tasks(bench: Bench) -> None:
    """Measure the two choices of versions."""
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
    for key, asked in (("all", {plan.reference: everything for plan in AUTO}), ("none", _apart(len(stream.texts)))):
        bench.store.measured(
            f"four-tasks/auto-{key}-shared",
            lambda asked=asked: {**stream.told(), **compare(_auto_sides(), stream.texts, asked, bench.scale.rounds,
                                                            {"whole": 0.0})},
        )  # fmt: skip


def _apart(texts: int) -> dict[str, range]:
    """Give each task texts of its own, as many as any other."""
    return {plan.reference: range(place, texts, len(AUTO)) for place, plan in enumerate(AUTO)}


def _auto_sides() -> list[Any]:
    """Ours; whole models cut to the same layers, which answer the same; and such of all six layers, which need not."""
    return [
        ours(AUTO),
        peer("openvino", AUTO, BUDGET, "bf16", name="cut"),
        peer("openvino", AUTO_WHOLE, BUDGET, "bf16", name="whole", answering_for=AUTO),
    ]
