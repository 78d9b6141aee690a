"""Row: what a server takes: memory of one version and of twenty, seconds until it is ready."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.speed.bench import Bench
from benchmarks.speed.children import Child
from benchmarks.speed.models import registered
from benchmarks.speed.plans import Plan
from benchmarks.speed.rows.bodies import written
from benchmarks.speed.server import ours_serving

HEADS = [Plan("minilm", "classification", 6, 0, number) for number in range(10)]
BRANCHES = [Plan("minilm", "classification", 5, 1, 20 + number) for number in range(10)]
WARM = 64  # texts that each version answers before memory is read


def footprint(bench: Bench) -> None:
    versions = [*HEADS, *BRANCHES]
    for count, plans in ((1, BRANCHES[:1]), (20, versions)):
        bench.store.measured(f"footprint/memory-{count:02}", lambda plans=plans: _memory(bench, plans))
        bench.store.measured(
            f"footprint/memory-{count:02}-unfused", lambda plans=plans: _memory(bench, plans, TRUNKLINE_FUSED_MIB="0")
        )
    bench.store.measured("footprint/cold-start", lambda: _cold_start(bench, [*HEADS[:2], *BRANCHES[:3]]))


def _memory(bench: Bench, plans: Sequence[Plan], **environment: str) -> dict[str, Any]:
    """Read the resident memory of a server after all its versions have answered for a second each."""
    home = _compiled(plans)
    texts = bench.short(WARM).texts
    with (
        ours_serving(home, [plan.reference for plan in plans], **environment) as server,
        Child("load", "benchmarks.speed.load") as load,
    ):
        for plan in plans:
            bodies = written("footprint", [{"text": text, "model": plan.reference} for text in texts])
            load.ask("drive", port=server.port, path="/v1/classification", bodies=bodies, connections=4, seconds=1.0)
        resident = server.resident() / 2**20
    return {"resident_mib": resident, "served": len(plans), "told": f"{resident:.0f} MiB resident"}


def _cold_start(bench: Bench, plans: Sequence[Plan]) -> dict[str, Any]:
    """Start a server of versions that are compiled; the first start, which warms the disk, does not count."""
    home = _compiled(plans)
    taken = []
    for _ in range(max(3, bench.scale.rounds)):
        with ours_serving(home, [plan.reference for plan in plans]) as server:
            taken.append(server.seconds_to_ready)
    middle = sorted(taken)[len(taken) // 2]
    return {"samples": taken, "medians": {"ready": middle}, "served": len(plans)}


def _compiled(plans: Sequence[Plan]) -> Path:
    """Register, and convert what is not yet converted, by loading it once."""
    home = registered(plans)
    with Child("compile", "benchmarks.speed.ours") as child:
        child.ask("load", home=str(home), models=[plan.reference for plan in plans], backend="openvino")
    return home
