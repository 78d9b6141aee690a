"""Row: what a version that misbehaves while it decodes does to the others on its trunk."""

from __future__ import annotations

from statistics import median
from typing import Any

from benchmarks.speed.bench import Bench
from benchmarks.speed.children import Child
from benchmarks.speed.comparison import in_turn
from benchmarks.speed.models import registered
from benchmarks.speed.plans import Plan

GOOD = Plan("minilm", "classification", 5, 1, 0, 77)
ROGUE = Plan("minilm", "classification", 5, 1, 60, 3)  # no other version that is loaded has three labels
MANNERS = ("healthy", "raises", "sleeps", "hangs", "spins")
CONNECTIONS = 8
PER_SECOND = 50.0  # requests to the rogue, whatever becomes of them


def rogue(bench: Bench) -> None:
    bench.store.measured("rogue/latency", lambda: _measure(bench))


def _measure(bench: Bench) -> dict[str, Any]:
    """Take the good version's latencies beside each manner in turn."""
    stream = bench.short()
    asked = {"texts": list(stream.texts), "connections": CONNECTIONS, "per_second": PER_SECOND}
    with Child("rogue", "benchmarks.speed.misbehaving") as child:
        child.ask(
            "load",
            home=str(registered([GOOD, ROGUE])),
            good=GOOD.reference,
            rogue=ROGUE.reference,
            labels=ROGUE.labels,
            backend="openvino",
        )
        child.ask("run", manner="healthy", seconds=bench.scale.seconds, **asked)  # readies the shapes
        turns = {
            manner: lambda manner=manner: child.ask("run", manner=manner, seconds=bench.scale.seconds, **asked)
            for manner in MANNERS
        }
        found = in_turn(turns, bench.scale.rounds)
    samples = {f"{name} {part}": [run[part] for run in runs] for name, runs in found.items() for part in ("p50", "p99")}
    return {
        **stream.told(),
        "connections": CONNECTIONS,
        "rogue_per_second": PER_SECOND,
        "samples": samples,
        "medians": {name: median(values) for name, values in samples.items()},
        "runs": {name: runs[-1] for name, runs in found.items()},
    }
