"""Row: the same four tasks with AMX switched off, all in fp32, and whether each engine obeyed.

No engine uses AMX in fp32, and what the switch changes there is next to nothing; it is thrown so that none may.
"""

from __future__ import annotations

from typing import Any

from benchmarks.speed.bench import Bench
from benchmarks.speed.children import Child
from benchmarks.speed.comparison import compare
from benchmarks.speed.rows.four_tasks import FORK_5
from benchmarks.speed.sides import BUDGET, SORTED_32, WITHOUT_AMX, ours, peer

OBEYED = 1.3  # times slower a bf16 product must become for the switch to have worked
SIZE = 512  # of its matrices: without AMX and AVX512-BF16, bf16 is left to code that is hundreds of times as slow


def without_amx(bench: Bench) -> None:
    stream = bench.short(bench.scale.slow)
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
    """Compare each library's products with and without the switch, in bf16 and in fp32."""
    found = {}
    with (
        Child("matmul", "benchmarks.speed.matmul") as plain,
        Child("matmul-switched", "benchmarks.speed.matmul", **WITHOUT_AMX) as switched,
    ):
        for precision in ("bf16", "fp32"):
            before, after = (
                child.ask("peak", repeats=20, size=SIZE, precision=precision) for child in (plain, switched)
            )
            found[precision] = {library: before[library] / after[library] for library in before}
    return {
        "times_slower": found,
        "obeyed": {library: ratio > OBEYED for library, ratio in found["bf16"].items()},
        "told": "times as slow: " + ", ".join(f"{library} in {precision} {ratio:.2g}"
                                              for precision, ratios in found.items()
                                              for library, ratio in ratios.items()),
    }  # fmt: skip
