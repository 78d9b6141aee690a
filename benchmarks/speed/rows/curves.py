"""Rows of the plots: cost over tasks, over text length, over connections."""

from __future__ import annotations

from contextlib import ExitStack

from benchmarks.speed.bench import Bench
from benchmarks.speed.children import Child
from benchmarks.speed.comparison import compare
from benchmarks.speed.models import registered
from benchmarks.speed.plans import Plan, tasks
from benchmarks.speed.rows.bodies import written
from benchmarks.speed.rows.http import PATH, driven, litserve, rounds_of, told
from benchmarks.speed.server import ours_serving
from benchmarks.speed.sides import BUDGET, ours, peer

TASKS = (1, 2, 4, 8, 16, 32, 64)
MOST_WHOLE = 16  # whole models of the peer: more only take memory, their cost is a line by then
LENGTHS = (8, 16, 32, 64, 128, 256, 512)
LENGTHS_QUICK = (8, 512)
CONNECTIONS = (1, 4, 16, 32, 64, 128, 256)
PLAN = Plan("minilm", "classification", 5, 1, 0, 77)
LONG = Plan("bert-base", "classification", 9, 3)  # MiniLM's windows have 256 tokens: peers would read half a text
TOKENS = 8192  # of a workload at one length
ROUNDS = 3


def curves(bench: Bench) -> None:
    """Measure the points; of a quick run a few."""
    quick = bench.scale.name == "quick"
    for count in TASKS[:2] if quick else TASKS:
        _tasks(bench, count)
    for length in LENGTHS_QUICK if quick else LENGTHS:
        _length(bench, length)
    for connections in CONNECTIONS[:2] if quick else CONNECTIONS:
        _connections(bench, connections)


def _tasks(bench: Bench, count: int) -> None:
    stream = bench.short(bench.scale.large)
    plans = tasks("minilm", count, 5, 1)
    asks = {plan.reference: range(len(stream.texts)) for plan in plans}
    sides = [ours(plans), *([peer("openvino", plans, BUDGET, "bf16")] if count <= MOST_WHOLE else [])]
    rounds = min(ROUNDS, bench.scale.rounds)
    bench.store.measured(
        f"curves/tasks/{count:03}", lambda: {**stream.told(), **compare(sides, stream.texts, asks, rounds)}
    )


def _length(bench: Bench, length: int) -> None:
    stream = bench.exact(max(4, min(bench.scale.short, TOKENS // length)), length)
    sides = [ours([LONG]), peer("openvino", [LONG], BUDGET, "bf16")]
    asks = {LONG.reference: range(len(stream.texts))}
    rounds = min(ROUNDS, bench.scale.rounds)
    bench.store.measured(
        f"curves/length/{length:03}",
        lambda: {**stream.told(), "tokens": stream.tokens, **compare(sides, stream.texts, asks, rounds)},
    )


def _connections(bench: Bench, connections: int) -> None:
    bench.store.measured(f"curves/connections/{connections:03}", lambda: _loaded(bench, connections))


def _loaded(bench: Bench, connections: int) -> dict[str, object]:
    stream = bench.short()
    file = written("curve", [{"text": text, "model": PLAN.reference} for text in stream.texts])
    with ExitStack() as stack:
        load = stack.enter_context(Child("load", "benchmarks.speed.load"))
        server = stack.enter_context(ours_serving(registered([PLAN]), [PLAN.reference]))
        other = stack.enter_context(litserve(PLAN))
        seconds = bench.scale.seconds / 2
        sides = {
            "ours": lambda: driven(load, server.port, PATH, file, seconds, connections),
            "litserve": lambda: driven(load, other.port, "/predict", file, seconds, connections),
        }
        return told(rounds_of(sides, min(ROUNDS, bench.scale.rounds)))
