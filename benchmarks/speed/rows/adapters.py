"""Row: four LoRA versions on the same texts, against the libraries that run several adapters in one pass."""

from __future__ import annotations

from benchmarks.speed.bench import Bench
from benchmarks.speed.children import Child
from benchmarks.speed.comparison import compare
from benchmarks.speed.environments import python_of
from benchmarks.speed.models import whole
from benchmarks.speed.plans import Plan
from benchmarks.speed.sides import SORTED_32, Side, ours

PLANS = [Plan("minilm", "classification", 5, 1, number, low_rank=True) for number in range(4)]
BASE = Plan("minilm", "classification", 6, 0)
MODULES = {"peft": "peft_mixed", "adapters": "adapters_parallel"}


def adapters(bench: Bench) -> None:
    """Measure ours in bf16 and in torch fp32, as theirs is, beside both libraries."""
    stream = bench.short(bench.scale.slow)
    asks = {plan.reference: range(len(stream.texts)) for plan in PLANS}
    own = [ours(PLANS), ours(PLANS, name="ours-torch", backend="torch", precision="fp32")]
    for library in MODULES:
        sides = [*own, _library(library)]
        bench.store.measured(
            f"adapters/{library}",
            lambda sides=sides: {**stream.told(), **compare(sides, stream.texts, asks, bench.scale.rounds)},
        )


def _library(name: str) -> Side:
    def start() -> Child:
        child = Child(name, f"benchmarks.speed.peers.{MODULES[name]}", python_of(name))
        child.ask("load", base=str(whole(BASE)), models={plan.reference: str(whole(plan)) for plan in PLANS})
        return child

    return Side(name, start, {"cut": SORTED_32})
