"""The models of both sides, made once and kept: versions in a registry of ours, folders of whole models for peers."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.speed.places import MADE
from benchmarks.speed.plans import Plan
from benchmarks.speed.trunks import trunk_source
from trunkline import Settings, load_plugins
from trunkline.contract import Plugins
from trunkline.errors import NotFound
from trunkline.evaluation.environment import environment
from trunkline.records import BranchSpec, EvaluationDraft, Metric, TrunkInfo, VersionDraft
from trunkline.store.registry import Registry
from trunkline.trunk.folder import import_trunk

ENGINES = (
    ("openvino", "bf16"), ("openvino", "fp32"), ("openvino", "int8"), ("torch", "fp32"), ("torch", "bf16"),
    ("onnxruntime", "fp32"), ("onnxruntime", "int8"), ("ctranslate2", "int8"), ("ctranslate2", "fp32"),
)  # fmt: skip


def home_of(trunk: str) -> Path:
    """Give the TRUNKLINE_HOME of a trunk's versions."""
    return MADE / "homes" / trunk


def registered(plans: Iterable[Plan]) -> Path:
    """Register the versions that are missing; returns their home."""
    wanted = list(plans)
    [trunk] = {plan.trunk for plan in wanted}
    plugins = load_plugins()
    with Registry.open(Settings(home=home_of(trunk))) as registry:
        info = _trunk(registry, trunk)
        there = {version.reference for version in registry.versions()}
        for plan in wanted:
            if plan.reference not in there:
                print(f"making {trunk} {plan.reference}", file=sys.stderr, flush=True)
                _register(registry, plugins, info, plan)
    return home_of(trunk)


def whole(plan: Plan) -> Path:
    """Give the folder of the whole model that answers as the version does."""
    folder = MADE / "whole" / plan.trunk / plan.name
    if not folder.is_dir():
        from benchmarks.speed.weights import write_whole

        print(f"making the whole {plan.trunk} {plan.name}", file=sys.stderr, flush=True)
        aside = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        write_whole(plan, aside)
        os.replace(aside, folder)  # noqa: PTH105 - said as what it is: one system call
    return folder


def _trunk(registry: Registry, name: str) -> TrunkInfo:
    try:
        return registry.trunk(name)
    except NotFound:
        with tempfile.TemporaryDirectory() as scratch:
            info = import_trunk(trunk_source(name), Path(scratch) / "trunk", name)
            return registry.add_trunk(info, Path(scratch) / "trunk")


def _register(registry: Registry, plugins: Plugins, trunk: TrunkInfo, plan: Plan) -> None:
    """Register with a stand-in for an evaluation on every engine, without which no server takes a version.

    Nothing was measured: the registry is the benchmark's own. Each row compares answers before it times anything.
    """
    from benchmarks.speed.weights import encoder_of, head_of
    from trunkline.trunk.branch import BranchModule
    from trunkline.trunk.encoder import Encoder

    config = head_config(plugins, plan, trunk)
    spec = BranchSpec(fork_layer=plan.fork, branch_layers=plan.branch)
    task = plugins.head_task(plan.task)
    module = BranchModule(
        Encoder.load(registry.trunk_folder(trunk.id)), spec, task.build_head(config, trunk.width)
    )  # fmt: skip
    model = encoder_of(plan)
    for own, layer in zip(module.layers, model.encoder.layer[plan.fork :], strict=True):
        own.load_state_dict(layer.state_dict())
    module.head.classifier.load_state_dict(head_of(plan, model).state_dict())  # type: ignore[union-attr]
    tuning: Any = "layers" if plan.branch else "head"
    draft = VersionDraft(
        task=plan.task, name=plan.name, trunk_id=trunk.id, tuning=tuning, branch=spec, head_config=config
    )
    with tempfile.TemporaryDirectory() as scratch:
        weights = Path(scratch) / "branch.safetensors"
        module.save(weights)
        registry.register(draft, {"branch": weights}, [evaluation(*engine) for engine in ENGINES])


def head_config(plugins: Plugins, plan: Plan, trunk: TrunkInfo) -> dict[str, Any]:
    """Give the head's configuration: labels that are told apart, no threshold; tags that need no search."""
    if plan.task == "ner":
        names = [f"entity-{index}" for index in range(plan.labels)]
        tags = ["O", *(f"I-{name}" for name in names)]
        fixed = {"scheme": "IO", "joined_words": False, "layout": "linear", "dropout": 0.0}
        return {"labels": names, "tags": tags, **fixed}
    task = plugins.head_task(plan.task)
    rows = [task.example_model(text="text", label=f"label-{index:02}") for index in range(plan.labels)]
    return dict(task.head_config(rows, task.options_model(), trunk))


def evaluation(backend: str, precision: str) -> EvaluationDraft:
    """Give the stand-in that opens a server's door to a version; it says nothing of its quality."""
    return EvaluationDraft(
        backend=backend,
        precision=precision,
        dataset_name="speed",
        dataset_fingerprint="0" * 64,
        split="dev",
        n=1,
        seconds=0.0,
        metrics={"agreement": Metric(value=1.0)},
        environment=environment(),
    )
