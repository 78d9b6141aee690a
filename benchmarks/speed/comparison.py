"""Sides in turn on one workload: answers compared first, then timed A B A B."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from statistics import median
from typing import Any

from benchmarks.speed.agreement import agreement
from benchmarks.speed.children import Child
from benchmarks.speed.places import passed
from benchmarks.speed.sides import Side

Asks = Mapping[str, Sequence[int]]
"""Model -> the texts that it is asked about."""

WARM_TEXTS, WARM_RUNS = 2048, 4
"""What each side answers before it is timed: runs of about so many texts, but no more runs than that."""
LEAST = 0.95  # of answers that must be the same before anything is timed
REST = 0.3  # seconds between turns: threads that spin for work go to sleep


def compare(
    sides: Sequence[Side], texts: Sequence[str], asks: Asks, rounds: int, least: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """Time all sides; the first is ours, with whose answers all others' are compared.

    A side whose answers agree less than `least` (by side; default 0.95) is named in `refused` and not timed.
    """
    with ExitStack() as stack:
        children = {side.name: stack.enter_context(side.start()) for side in sides}
        for side in sides:
            mine = {model: wanted for model, wanted in asks.items() if side.models is None or model in side.models}
            children[side.name].ask("workload", file=written(side.name, texts, mine))
        answers = {side.name: _answers(children[side.name], side) for side in sides}
        for side in sides:
            for _ in range(min(WARM_RUNS, -(-WARM_TEXTS // max(1, len(texts)))) - 1):
                children[side.name].ask("run", **side.arguments)
        first = sides[0].name
        shares = {name: agreement(answers[first], found) for name, found in answers.items() if name != first}
        refused = {name: share for name, share in shares.items() if share < (least or {}).get(name, LEAST)}
        timed = [side for side in sides if side.name not in refused]
        runs = in_turn({side.name: _runner(children[side.name], side) for side in timed}, rounds)
        versions = {name: child.ask("versions") for name, child in children.items()}
    samples = {name: [one["seconds"] for one in found] for name, found in runs.items()}
    return {
        "asks": {name: len(wanted) for name, wanted in asks.items()} if len(asks) < 10 else len(asks),
        "agreement": shares,
        "agreement_asked": {name: (least or {}).get(name, LEAST) for name in shares},
        "refused": refused,
        "samples": samples,
        "medians": {name: median(found) for name, found in samples.items()},
        "runs": {name: found[-1] for name, found in runs.items()},
        "versions": versions,
    }


def in_turn(runs: Mapping[str, Callable[[], dict[str, Any]]], rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Run each in turn, so that what slows the machine for a while slows all."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            time.sleep(REST)
            found[name].append(run())
    return found


def _runner(child: Child, side: Side) -> Callable[[], dict[str, Any]]:
    return lambda: child.ask("run", **side.arguments)


def _answers(child: Child, side: Side) -> dict[str, Any]:
    """Run once, which also readies the side for the shapes that come."""
    file = passed("answers", side.name)
    child.ask("run", answers=str(file), **side.arguments)
    return dict(json.loads(file.read_text()))


def written(name: str, texts: Sequence[str], asks: Asks) -> str:
    file = passed("workloads", name)
    file.write_text(json.dumps({"texts": list(texts), "asks": {name: list(wanted) for name, wanted in asks.items()}}))
    return str(file)
