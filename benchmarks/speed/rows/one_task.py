"""Row: one task on mixed lengths, against OpenVINO in sorted batches of 32."""

from __future__ import annotations

from benchmarks.speed.bench import Bench
from benchmarks.speed.comparison import compare
from benchmarks.speed.plans import Plan
from benchmarks.speed.sides import SORTED_32, ours, peer

PLAN = Plan("minilm", "classification", 5, 1, 0, 77)


def one_task(bench: Bench) -> None:
    stream = bench.mixed()
    sides = [ours([PLAN], mode="throughput"), peer("openvino", [PLAN], SORTED_32, "bf16")]
    asks = {PLAN.reference: range(len(stream.texts))}
    bench.store.measured(
        "one-task/mixed", lambda: {**stream.told(), **compare(sides, stream.texts, asks, bench.scale.rounds)}
    )
