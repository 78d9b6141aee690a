"""Row: the same four tasks with AMX switched off, all in fp32, and whether each engine obeyed."""

from __future__ import annotations

from typing import Any

from benchmarks.speed.bench import Bench
from benchmarks.speed.children import Child
from benchmarks.speed.comparison import compare
from benchmarks.speed.rows.four_tasks import FORK_5
from benchmarks.speed.sides import BUDGET, SORTED_32, WITHOUT_AMX, ours, peer

OBEYED = 1.3  # times slower a bf16 product must become for the switch to have worked


def without_amx(bench: Bench) -> None:
    stream = bench.short()
    asks = {plan.reference: range(len(stream.texts)) for plan in FORK_5}
    sides = [
        ours(FORK_5, precision="fp32", environment=WITHOUT_AMX),
        peer("openvino", FORK_5, BUDGET, "fp32", environment=WITHOUT_AMX),
        peer("transformers", FORK_5, SORTED_32, "fp32", environment=WITHOUT_AMX),
    ]
    bench.store.measured("without-amx/switch", _switched)
    bench.store.measured(
        "without-amx/four-tasks", lambda: {**stream.told(), **compare(sides, stream.texts, asks, bench.scale.rounds)}
    )


def _switched() -> dict[str, Any]:
    """Compare each library's bf16 product with and without the switch."""
    with (
        Child("matmul", "benchmarks.speed.matmul") as plain,
        Child("matmul-switched", "benchmarks.speed.matmul", **WITHOUT_AMX) as switched,
    ):
        before, after = plain.ask("peak", repeats=3), switched.ask("peak", repeats=3)
    slower = {library: before[library] / after[library] for library in before}
    return {"times_slower": slower, "obeyed": {library: ratio > OBEYED for library, ratio in slower.items()}}
