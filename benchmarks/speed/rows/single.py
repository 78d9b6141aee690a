"""Row: one short request after the other, against the best engine for that."""

from __future__ import annotations

import shutil

from benchmarks.speed.bench import Bench
from benchmarks.speed.children import Child
from benchmarks.speed.comparison import compare
from benchmarks.speed.models import registered
from benchmarks.speed.plans import Plan
from benchmarks.speed.sides import ALONE, calibration, ours, peer

TOKENS = 16
PLANS = (Plan("minilm", "classification", 5, 1, 0, 77), Plan("bert-base", "classification", 9, 3))
LEAST_INT8 = 0.7  # of labels the same: eight bits, of two makes, move texts that lie between two labels of random heads


def single(bench: Bench) -> None:
    stream = bench.exact(bench.scale.single, TOKENS)
    others = ("transformers-bf16", "onnxruntime-int8", "openvino-bf16", "openvino-int8")
    least = dict.fromkeys(others, LEAST_INT8)  # of all: what `auto` takes may be int8
    for plan in PLANS:
        _with_int8(plan)
        sides = [
            ours([plan], "single", backend="auto", mode="latency"),
            peer("transformers", [plan], ALONE, "bf16"),
            peer("onnxruntime", [plan], ALONE, "int8"),
            peer("openvino", [plan], ALONE, "bf16"),
            peer("openvino", [plan], ALONE, "int8"),
        ]
        asks = {plan.reference: range(len(stream.texts))}
        bench.store.measured(
            f"single/{plan.trunk}",
            lambda sides=sides, asks=asks: {
                **stream.told(), **compare(sides, stream.texts, asks, bench.scale.rounds, least)
            },
        )  # fmt: skip


def _with_int8(plan: Plan) -> None:
    """Quantize ours, as `compile` would: `auto` takes no engine whose graphs are not there, nor times it again."""
    home = registered([plan])
    with Child("quantize", "benchmarks.speed.ours") as child:
        told = {"backend": "openvino", "precision": "int8", "calibration": str(calibration())}
        child.ask("load", home=str(home), models=[plan.reference], **told)
    shutil.rmtree(home / "cache" / "timings", ignore_errors=True)
