"""Row: what sharing gives as fewer texts meet several tasks; branches reach the trunk's full height."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.speed.bench import Bench
from benchmarks.speed.comparison import Asks, compare
from benchmarks.speed.plans import Plan, tasks
from benchmarks.speed.sides import BUDGET, ours, peer
from benchmarks.speed.workloads import Stream

SHARES = (0, 25, 50, 100)  # per cent of the texts that meet all tasks
PLACES = {"minilm": (4, 2), "bert-base": (9, 3)}


def overlap(bench: Bench) -> None:
    """Measure four tasks at each share on both trunks, and eight tasks on all texts of the larger."""
    for trunk, (fork, branch) in PLACES.items():
        stream = bench.short(None if trunk == "minilm" else bench.scale.large)
        plans = tasks(trunk, 4, fork, branch)
        for share in SHARES:
            _measure(bench, f"overlap/{trunk}/{share:03}", stream, plans, share)
    _measure(bench, "overlap/bert-base/eight", bench.short(bench.scale.large), tasks("bert-base", 8, 9, 3), 100)


def _measure(bench: Bench, key: str, stream: Stream, plans: Sequence[Plan], share: int) -> None:
    sides = [ours(plans), peer("openvino", plans, BUDGET, "bf16")]
    asks = met(plans, len(stream.texts), share)
    bench.store.measured(key, lambda: {**stream.told(), **compare(sides, stream.texts, asks, bench.scale.rounds)})


def met(plans: Sequence[Plan], texts: int, share: int) -> Asks:
    """Ask all plans about `share` per cent of the texts, spread evenly; about each other text one, in turn."""
    asks: dict[str, list[int]] = {plan.reference: [] for plan in plans}
    others = 0
    for index in range(texts):
        if (index + 1) * share // 100 > index * share // 100:
            for plan in plans:
                asks[plan.reference].append(index)
        else:
            asks[plans[others % len(plans)].reference].append(index)
            others += 1
    return asks
