"""Row: `/v1/classification` against Infinity's `/classify`, on a checkpoint that both take as it is."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.speed.bench import Bench
from benchmarks.speed.children import Child, Failed
from benchmarks.speed.comparison import LEAST
from benchmarks.speed.environments import pinned, python_of
from benchmarks.speed.models import ENGINES, evaluation
from benchmarks.speed.places import MADE
from benchmarks.speed.rows.bodies import written
from benchmarks.speed.rows.http import PATH, driven, rounds_of, told
from benchmarks.speed.server import Server, free_port, ours_serving
from benchmarks.speed.trunks import trunk_source
from trunkline import Settings
from trunkline.store.registry import Registry

REFERENCE = "classification/checkpoint@1"
LABELS = 20
DEVIATION = 1.0  # of the random classifier's weights


def infinity(bench: Bench) -> None:
    bench.store.measured("http/infinity", lambda: _measure(bench))


def _measure(bench: Bench) -> dict[str, Any]:
    stream = bench.short()
    folder = checkpoint()
    home = imported(folder)
    with ExitStack() as stack:
        load = stack.enter_context(Child("load", "benchmarks.speed.load"))
        server = stack.enter_context(ours_serving(home, [REFERENCE]))
        other = stack.enter_context(serving(folder))
        mine = written("infinity-ours", [{"text": text, "model": REFERENCE} for text in stream.texts])
        theirs = written("infinity", [{"model": "checkpoint", "input": [text]} for text in stream.texts])
        same = _agreement(load, server.port, mine, other.port, theirs)
        sides = {
            "ours": lambda: driven(load, server.port, PATH, mine, bench.scale.seconds),
            "infinity": lambda: driven(load, other.port, "/classify", theirs, bench.scale.seconds),
        }
        samples = rounds_of(sides, bench.scale.rounds)
    return {
        **stream.told(),
        **told(samples),
        "agreement": {"infinity": same},
        "versions": {"infinity": pinned("infinity")},
    }


def checkpoint() -> Path:
    """Make a classifier of transformers' own kind over MiniLM, with a random head, once."""
    folder = MADE / "checkpoint"
    if folder.is_dir():
        return folder
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    torch.manual_seed(0)
    source = trunk_source("minilm")
    names = {index: f"label-{index:02}" for index in range(LABELS)}
    model = AutoModelForSequenceClassification.from_pretrained(
        source, id2label=names, label2id={v: k for k, v in names.items()}
    )
    torch.nn.init.normal_(model.classifier.weight, std=DEVIATION)
    aside = folder.with_name("checkpoint.part")
    shutil.rmtree(aside, ignore_errors=True)
    model.save_pretrained(aside)
    AutoTokenizer.from_pretrained(source).save_pretrained(aside)
    os.replace(aside, folder)  # noqa: PTH105 - said as what it is: one system call
    return folder


def imported(folder: Path) -> Path:
    """Import it as a version; returns the home."""
    from trunkline.tuning.importing import import_model

    home = MADE / "homes" / "checkpoint"
    with Registry.open(Settings(home=home)) as registry:
        if not registry.versions():
            import_model("classification/checkpoint", folder, Settings(home=home))
            for engine in ENGINES:
                registry.record_evaluation(REFERENCE, evaluation(*engine))
    return home


def serving(folder: Path) -> Server:
    """Start Infinity on torch, its engine for classifiers. Raises `NotInstallable`, `Failed`."""
    port = free_port()
    program = str(Path(python_of("infinity")).with_name("infinity_emb"))
    command = [program, "v2", "--model-id", str(folder), "--served-model-name", "checkpoint", "--engine", "torch"]
    more = ["--device", "cpu", "--host", "127.0.0.1", "--port", str(port), "--no-bettertransformer"]
    return Server("infinity", [*command, *more], port, "/health", INFINITY_ANONYMOUS_USAGE_STATS="0")


def _agreement(load: Child, port: int, mine: str, other: int, theirs: str) -> float:
    own = load.ask("once", port=port, path=PATH, bodies=mine)["answers"]
    found = load.ask("once", port=other, path="/classify", bodies=theirs)["answers"]
    best = [max(answer["data"][0], key=lambda one: one["score"])["label"] for answer in found]
    same = sum(one["label"] == label for one, label in zip(own, best, strict=True)) / len(own)
    if same < LEAST:
        raise Failed(f"only {same:.0%} of Infinity's labels are ours; at least {LEAST:.0%} must be")
    return same
