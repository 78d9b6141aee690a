"""Row: a hundred heads on the same texts, against one."""

from __future__ import annotations

from benchmarks.speed.bench import Bench
from benchmarks.speed.comparison import compare
from benchmarks.speed.plans import Plan
from benchmarks.speed.sides import ours

HEADS = [Plan("minilm", "classification", 6, 0, number) for number in range(100)]
TEXTS = 128  # four batches of 32


def many_heads(bench: Bench) -> None:
    stream = bench.short(min(TEXTS, bench.scale.short))
    asks = {plan.reference: range(len(stream.texts)) for plan in HEADS}
    sides = [ours(HEADS, name="hundred"), ours(HEADS[:1], name="one")]
    bench.store.measured(
        "many-heads/hundred", lambda: {**stream.told(), **compare(sides, stream.texts, asks, bench.scale.rounds)}
    )
