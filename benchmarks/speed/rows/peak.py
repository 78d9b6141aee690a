"""Row: the stem of BERT-base on 32 x 128 tokens, as a share of what the machine can multiply; bf16, and int8."""

from __future__ import annotations

from contextlib import ExitStack
from statistics import median
from typing import Any

from benchmarks.speed.bench import Bench
from benchmarks.speed.children import Child
from benchmarks.speed.comparison import in_turn
from benchmarks.speed.models import registered
from benchmarks.speed.plans import Plan
from benchmarks.speed.sides import calibration

PLAN = Plan("bert-base", "classification", 9, 3)
ROWS, LENGTH = 32, 128
LAYERS, WIDTH = 12, 768


def operations(rows: int, length: int, layers: int = LAYERS, width: int = WIDTH) -> int:
    """Count a stem's multiplications and additions: four projections and two of four times the width, attention."""
    projections = 2 * rows * length * (4 * width**2 + 8 * width**2)
    attention = 2 * rows * 2 * length**2 * width
    return layers * (projections + attention)


def peak(bench: Bench) -> None:
    bench.store.measured("peak/stem-bf16", lambda: _measure(bench, ["bf16"]))
    bench.store.measured("peak/stem-int8", lambda: _measure(bench, ["bf16", "int8"]))


def _measure(bench: Bench, precisions: list[str]) -> dict[str, Any]:
    home = str(registered([PLAN]))
    with ExitStack() as stack:
        children = {name: stack.enter_context(Child(f"stem-{name}", "benchmarks.speed.ours")) for name in precisions}
        for name, child in children.items():
            texts = str(calibration()) if name == "int8" else ""
            child.ask("load", home=home, models=[], backend="openvino", precision=name, calibration=texts)
        multiplier = stack.enter_context(Child("matmul", "benchmarks.speed.matmul"))
        shape = {"rows": ROWS, "length": LENGTH}
        for child in children.values():
            child.ask("stem", **shape, repeats=1)
        turns: dict[str, Any] = {
            name: lambda child=child: child.ask("stem", **shape, repeats=3) for name, child in children.items()
        }
        turns["matmul"] = lambda: multiplier.ask("peak", repeats=3)
        found = in_turn(turns, bench.scale.rounds)
    samples = {name: [second for turn in found[name] for second in turn["seconds"]] for name in precisions}
    peaks = {side: max(turn[side] for turn in found["matmul"]) for side in ("torch", "openvino")}
    medians = {name: median(taken) for name, taken in samples.items()}
    return {
        "samples": samples,
        "medians": medians,
        "peak_operations_per_second": peaks,
        "share_of_peak": operations(ROWS, LENGTH) / medians["bf16"] / max(peaks.values()),
    }
