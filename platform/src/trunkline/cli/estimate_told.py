"""How an estimate is told: as JSON, and as two tables."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trunkline.estimate.estimate import Estimate

Row = tuple[str, str, str]


def told(found: Estimate) -> dict[str, Any]:
    """Give all figures under their names; what is not known is left out."""
    from trunkline.estimate.verdict import verdict

    traffic, layers = found.traffic, found.layers
    a_request = {name: getattr(layers, name) / traffic.tokens for name in ("whole", "alone", "shared")}
    factors = {
        "factor": layers.factor,
        "factor_of_branches": layers.of_branches,
        "factor_of_sharing": layers.of_sharing,
    }
    names = {asked.shape.trunk_id: asked.shape.trunk for asked in traffic.asked}
    known: dict[str, Any] = {
        "rate": found.rate,
        "within_seconds": found.within,
        "cores": asdict(found.cores) if found.cores else None,
        "memory_bytes": asdict(found.memory) if found.memory else None,
        "milliseconds_a_layer_and_token": {names[trunk]: 1000 * one for trunk, one in (found.seconds or {}).items()},
    }
    return {
        "requests": traffic.requests,
        "texts": traffic.texts,
        "texts_of_several_tasks": traffic.several / traffic.texts,
        "passes": traffic.passes,
        "tokens_a_request": traffic.tokens / traffic.requests,
        "versions": [{**asdict(asked.shape), "requests": asked.requests} for asked in traffic.asked],
        "layers_a_token": a_request,
        **{name: one if math.isfinite(one) else None for name, one in factors.items()},
        **{name: value for name, value in known.items() if value},
        "verdict": verdict(found),
    }


def as_table(found: Estimate) -> tuple[list[Row], list[tuple[object, ...]]]:
    """Give the rows of the table that compares, and those of the versions asked."""
    figures = told(found)
    layers, traffic = figures["layers_a_token"], found.traffic
    rows: list[Row] = [
        ("requests", str(traffic.requests), ""),
        ("distinct texts", str(traffic.texts), f"{figures['texts_of_several_tasks']:.1%} meet several tasks"),
        ("stem passes", str(traffic.requests), str(traffic.passes)),
        ("layers a token", f"{layers['whole']:.2f}", f"{layers['shared']:.2f}  ({found.layers.factor:.2f} x fewer)"),
    ]
    if found.memory:
        rows.append(("weights", _mebibytes(found.memory.whole), _mebibytes(found.memory.shared)))
    if found.cores:
        rows.append((f"cores busy at {found.rate:,.1f}/s", f"{found.cores.whole:.2f}", f"{found.cores.shared:.2f}"))
    for name, one in figures.get("milliseconds_a_layer_and_token", {}).items():
        rows.append((f"core ms a layer and token, {name}", f"{one:.4f}", ""))
    versions: list[tuple[object, ...]] = [
        (
            one.shape.model,
            one.shape.trunk,
            one.requests,
            one.shape.n_layers,
            one.shape.fork_layer,
            one.shape.branch_layers,
        )
        for one in traffic.asked
    ]
    return rows, versions


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB"
