"""Row: a new head answers an archive from kept states, against running the stem on its texts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from benchmarks.speed.bench import Bench
from benchmarks.speed.comparison import in_turn
from benchmarks.speed.models import registered
from benchmarks.speed.plans import Plan
from trunkline import Settings, load_plugins
from trunkline.archive.build import build
from trunkline.archive.predict import predict_states
from trunkline.prediction.predict_file import predict_file
from trunkline.progress import Silent
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry

PLAN = Plan("minilm", "classification", 6, 0, 0)
WAYS = ("texts", "states")


def archive(bench: Bench) -> None:
    stream = bench.short()
    bench.store.measured("archive/head", lambda: {**stream.told(), **_measured(stream.texts, bench.scale.rounds)})


def _measured(texts: list[str], rounds: int) -> dict[str, Any]:
    """Answer the archive both ways in turn, in one process, with everything loaded; files are written in full."""
    settings = Settings(home=registered([PLAN]), backend="openvino", state_cache_mib=0)
    plugins = load_plugins()
    task = plugins.head_task(PLAN.task)
    with (
        TemporaryDirectory() as scratch,
        Registry.open(settings) as registry,
        Engine(RegistryCatalog(registry), plugins, settings, follow=False) as engine,
    ):
        folder = Path(scratch)
        source, states = folder / "archive.jsonl", folder / "states"
        source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
        version = engine.load(PLAN.reference)
        build(engine, version.trunk_id, PLAN.fork, source, states, Silent())
        outputs = {name: folder / f"{name}.jsonl" for name in WAYS}
        models = [PLAN.reference]
        ways: dict[str, Callable[[], object]] = {
            "texts": lambda: predict_file(engine, task, models, source, outputs["texts"], Silent(), overwrite=True),
            "states": lambda: predict_states(engine, task, models, states, outputs["states"], Silent(), overwrite=True),
        }
        for way in ways.values():
            way()
        same = _same(*outputs.values())
        runs = in_turn({name: lambda way=way: _timed(way) for name, way in ways.items()}, rounds)
    return _told(runs, same)


def _timed(way: Callable[[], object]) -> dict[str, Any]:
    started = perf_counter()
    way()
    return {"seconds": perf_counter() - started}


def _same(*files: Path) -> float:
    """Give the share of rows with the same label in two files."""
    labels = [[json.loads(line)["label"] for line in file.read_text("utf-8").splitlines()] for file in files]
    return sum(one == other for one, other in zip(*labels, strict=True)) / len(labels[0])


def _told(runs: dict[str, list[dict[str, Any]]], same: float) -> dict[str, Any]:
    samples = {name: [one["seconds"] for one in found] for name, found in runs.items()}
    return {
        "agreement": {"states": same},
        "samples": samples,
        "medians": {name: median(found) for name, found in samples.items()},
    }
