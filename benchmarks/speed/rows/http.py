"""Row: one text a request over HTTP, against the engine itself and against other servers."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from statistics import median
from typing import Any

from benchmarks.speed.bench import Bench
from benchmarks.speed.children import Child, Failed
from benchmarks.speed.comparison import LEAST, REST
from benchmarks.speed.environments import pinned, python_of
from benchmarks.speed.models import registered, whole
from benchmarks.speed.plans import Plan
from benchmarks.speed.rows.bodies import written
from benchmarks.speed.server import Server, free_port, ours_serving
from benchmarks.speed.sides import ours

PLAN = Plan("minilm", "classification", 5, 1, 0, 77)
LARGE = Plan("bert-base", "classification", 9, 3)
CONNECTIONS = 32
PATH = "/v1/classification"
Drive = Callable[[], float]
"""Loads one side for a round; gives answers a second."""


def http(bench: Bench) -> None:
    bench.store.measured("http/throughput", lambda: _throughput(bench))
    bench.store.measured("http/latency", lambda: _latency(bench))


def _throughput(bench: Bench) -> dict[str, Any]:
    """Load our server, our engine without a server, and LitServe, in turn."""
    stream = bench.short()
    texts = stream.texts
    bodies = [{"text": text, "model": PLAN.reference} for text in texts]
    with ExitStack() as stack:
        load = stack.enter_context(Child("load", "benchmarks.speed.load"))
        inside = stack.enter_context(ours([PLAN], "in flight", connections=CONNECTIONS).start())
        server = stack.enter_context(ours_serving(registered([PLAN]), [PLAN.reference]))
        other = stack.enter_context(litserve(PLAN))
        inside.ask(
            "workload", file=written("inside", {"texts": list(texts), "asks": {PLAN.reference: [*range(len(texts))]}})
        )
        file = written("http", bodies)
        same = agreeing(load, server.port, PATH, other.port, "/predict", file)
        sides: dict[str, Drive] = {
            "http": lambda: driven(load, server.port, PATH, file, bench.scale.seconds),
            "in-process": lambda: (
                len(texts) / inside.ask("run", manner="in flight", connections=CONNECTIONS)["seconds"]
            ),
            "litserve": lambda: driven(load, other.port, "/predict", file, bench.scale.seconds),
        }
        samples = rounds_of(sides, bench.scale.rounds)
    return {
        **stream.told(),
        **told(samples),
        "agreement": {"litserve": same},
        "connections": CONNECTIONS,
        "versions": {"litserve": pinned("litserve")},
    }


def _latency(bench: Bench) -> dict[str, Any]:
    """Ask about 64 tokens over one connection, and run the bare whole model on the same, in turn."""
    stream = bench.exact(16, 64)
    file = written("latency", [{"text": text, "model": LARGE.reference} for text in stream.texts])
    with ExitStack() as stack:
        load = stack.enter_context(Child("load", "benchmarks.speed.load"))
        server = stack.enter_context(ours_serving(registered([LARGE]), [LARGE.reference]))
        bare = stack.enter_context(Child("bare", "benchmarks.speed.peers.openvino_bare", python_of("openvino")))
        bare.ask("load", folder=str(whole(LARGE)), texts=list(stream.texts))
        found: dict[str, list[float]] = {"http": [], "bare": []}
        seconds = bench.scale.seconds
        for _ in range(bench.scale.rounds + 1):  # the first readies both for the shapes
            time.sleep(REST)
            answer = load.ask("drive", port=server.port, path=PATH, bodies=file, connections=1, seconds=seconds)
            found["http"].append(answer["median_latency"])
            time.sleep(REST)
            found["bare"].append(bare.ask("run", seconds=seconds)["median_latency"])
    samples = {name: values[1:] for name, values in found.items()}
    return {**stream.told(), **told(samples)}


def litserve(plan: Plan) -> Server:
    """Start LitServe around the whole model. Raises `NotInstallable`, `Failed`."""
    port = free_port()
    command = [python_of("litserve"), "-m", "benchmarks.speed.peers.litserve_server", str(whole(plan)), str(port)]
    return Server("litserve", command, port, "/health")


def agreeing(load: Child, port: int, path: str, other: int, other_path: str, bodies: str) -> float:
    """Give the share of equal labels. Raises `Failed` where fewer than asked are."""
    mine, others = (
        load.ask("once", port=at, path=where, bodies=bodies)["answers"]
        for at, where in ((port, path), (other, other_path))
    )
    same = sum(one["label"] == two["label"] for one, two in zip(mine, others, strict=True)) / len(mine)
    if same < LEAST:
        raise Failed(f"only {same:.0%} of the labels are the same over HTTP; at least {LEAST:.0%} must be")
    return same


def driven(load: Child, port: int, path: str, bodies: str, seconds: float, connections: int = CONNECTIONS) -> float:
    """Give answers a second."""
    found = load.ask("drive", port=port, path=path, bodies=bodies, connections=connections, seconds=seconds)
    return float(found["per_second"])


def rounds_of(sides: Mapping[str, Drive], rounds: int) -> dict[str, list[float]]:
    """Load each in turn; a first round readies all."""
    samples: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(rounds + 1):
        for name, drive in sides.items():
            time.sleep(REST)
            value = drive()
            if turn:
                samples[name].append(value)
    return samples


def told(samples: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    return {"samples": dict(samples), "medians": {name: median(values) for name, values in samples.items()}}
