"""Row: where our engine's time goes in the workloads of the other rows."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks.speed.bench import Bench
from benchmarks.speed.comparison import REST, WARM_RUNS, Asks, written
from benchmarks.speed.plans import Plan, tasks
from benchmarks.speed.rows.four_tasks import AUTO, FORK_5
from benchmarks.speed.rows.many_heads import HEADS, TEXTS
from benchmarks.speed.rows.one_task import PLAN
from benchmarks.speed.rows.overlap import PLACES, met
from benchmarks.speed.rows.single import PLANS, TOKENS
from benchmarks.speed.sides import ours
from benchmarks.speed.workloads import Stream

PARTS = ("graphs", "linear heads", "tokenising", "planning", "handing over", "decoding", "replying")


def parts(bench: Bench) -> None:
    short = bench.short()
    everything = range(len(short.texts))
    auto, apart = list(AUTO.values()), tasks("minilm", 4, *PLACES["minilm"])
    _measure(bench, "four-tasks-fork-5", FORK_5, short, {plan.reference: everything for plan in FORK_5})
    _measure(bench, "four-tasks-auto", auto, short, {plan.reference: everything for plan in auto})
    _measure(bench, "overlap-minilm-000", apart, short, met(apart, len(short.texts), 0))
    heads = bench.short(min(TEXTS, bench.scale.short))
    _measure(bench, "hundred-heads", HEADS, heads, {plan.reference: range(len(heads.texts)) for plan in HEADS})
    mixed = bench.mixed()
    _measure(bench, "one-task", [PLAN], mixed, {PLAN.reference: range(len(mixed.texts))}, mode="throughput")
    exact = bench.exact(bench.scale.single, TOKENS)
    alone = {PLANS[0].reference: range(len(exact.texts))}
    _measure(bench, "single", [PLANS[0]], exact, alone, "single", mode="latency")


def _measure(
    bench: Bench, name: str, plans: Sequence[Plan], stream: Stream, asks: Asks, manner: str = "together", **how: Any
) -> None:
    def measured() -> dict[str, Any]:
        side = ours(plans, manner, **how)
        with side.start() as child:
            child.ask("workload", file=written("parts", stream.texts, asks))
            for _ in range(WARM_RUNS):
                child.ask("run", **side.arguments)
            runs = [child.ask("parts", rest=REST, **side.arguments) for _ in range(bench.scale.rounds)]
        seconds = median(run["seconds"] for run in runs)
        shares = {part: median(run["parts"].get(part, 0.0) / run["seconds"] for run in runs) for part in PARTS}
        told = ", ".join(f"{part} {share:.0%}" for part, share in shares.items() if share >= 0.005)
        return {**stream.told(), "seconds": seconds, "shares": shares, "told": f"{seconds:.3g} s: {told}"}

    bench.store.measured(f"parts/{name}", measured)
