"""The sides of a comparison: how each is started and loaded, and how it is told to run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.speed.children import Child
from benchmarks.speed.environments import python_of
from benchmarks.speed.models import registered, whole
from benchmarks.speed.places import MADE
from benchmarks.speed.plans import Plan
from benchmarks.speed.texts import sentences

BUDGET = {"tokens": 1024}  # padded tokens in a batch at most: what our engine cuts at
SORTED_32 = {"rows": 32}
ALONE = {"rows": 1}
WITHOUT_AMX = {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_VNNI"}


@dataclass(frozen=True)
class Side:
    """One that answers the workload."""

    name: str
    start: Callable[[], Child]
    arguments: Mapping[str, Any] = field(default_factory=dict)  # of its command `run`
    models: frozenset[str] | None = None  # those of the workload that it is asked; None: all


def ours(
    plans: Sequence[Plan],
    manner: str = "together",
    *,
    name: str = "ours",
    environment: Mapping[str, str] | None = None,
    connections: int = 32,
    **settings: Any,
) -> Side:
    """Trunkline's engine in a process: by default OpenVINO in its own choice of precision."""
    settings.setdefault("backend", "openvino")

    def start() -> Child:
        home = registered(plans)
        child = Child(name, "benchmarks.speed.ours", **(environment or {}))
        child.ask("load", home=str(home), models=[plan.reference for plan in plans], **settings)
        return child

    models = frozenset(plan.reference for plan in plans)
    return Side(name, start, {"manner": manner, "connections": connections}, models)


def peer(
    engine: str,
    plans: Sequence[Plan],
    cut: Mapping[str, int],
    precision: str,
    *,
    name: str | None = None,
    answering_for: Sequence[Plan] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Side:
    """Whole models in `openvino`, `transformers` or `onnxruntime`, one for each plan.

    `answering_for` names the plans under which they are asked, where they are not the models' own.
    """
    called = name or f"{engine}-{precision}"

    def start() -> Child:
        folders = [str(whole(plan)) for plan in plans]
        references = [plan.reference for plan in answering_for or plans]
        child = Child(called, f"benchmarks.speed.peers.{engine}_whole", python_of(engine), **(environment or {}))
        options = {"calibration": str(calibration())} if precision == "int8" and engine == "openvino" else {}
        child.ask("load", models=dict(zip(references, folders, strict=True)), precision=precision, **options)
        return child

    return Side(called, start, {"cut": dict(cut)})


def calibration() -> object:
    """Write the texts that int8 is calibrated on, one a line; none of them is timed but by chance."""
    file = MADE / "calibration.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.is_file():
        file.write_text("\n".join(sentences(seed=2)[1][:256]), encoding="utf-8")
    return file
