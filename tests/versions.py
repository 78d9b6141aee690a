"""Registered versions with random weights on the tiny trunk, for tests that need something to ask."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from trunkline import HeadTask, Metric, Settings, Version
from trunkline.contract import Plugins
from trunkline.records import BranchSpec, EvaluationDraft, TrunkInfo, VersionDraft
from trunkline.store.registry import Registry

ROWS: dict[str, list[dict[str, Any]]] = {
    "classification": [
        {"text": "where is my order", "label": "order"},
        {"text": "please cancel it", "label": "cancel"},
        {"text": "my card is lost", "label": "card"},
    ],
    "ner": [
        {
            "text": "ada lovelace met charles babbage in london",
            "entities": [
                {"start": 0, "end": 12, "label": "person"},
                {"start": 36, "end": 42, "label": "place"},
            ],
        }
    ],
}


def add_trunk(registry: Registry, folder: Path, name: str = "tiny") -> TrunkInfo:
    """Register the trunk of a Hugging Face folder."""
    from trunkline.trunk.folder import import_trunk

    with tempfile.TemporaryDirectory() as scratch:
        info = import_trunk(folder, Path(scratch) / "trunk", name)
        return registry.add_trunk(info, Path(scratch) / "trunk")


def register_random(
    registry: Registry,
    plugins: Plugins,
    trunk: TrunkInfo,
    task: str,
    name: str,
    fork: int,
    branch: int = 0,
    *,
    seed: int = 0,
    rows: list[dict[str, Any]] | None = None,
) -> Version:
    """Register a version whose head has random weights; labels come from `rows` (default: a few per task)."""
    import torch

    from trunkline.trunk.branch import BranchModule
    from trunkline.trunk.encoder import Encoder

    head_task: HeadTask[Any, Any, Any] = plugins.head_task(task)
    examples = [head_task.example_model.model_validate(row) for row in rows or ROWS[task]]
    config = head_task.head_config(examples, head_task.options_model(), trunk)
    spec = BranchSpec(fork_layer=fork, branch_layers=branch)
    torch.manual_seed(seed)
    module = BranchModule(
        Encoder.load(registry.trunk_folder(trunk.id)), spec, head_task.build_head(config, trunk.width)
    )
    for parameter in module.head.parameters():
        torch.nn.init.normal_(parameter, std=1.0)
    draft = VersionDraft(task=task, name=name, trunk_id=trunk.id, tuning="layers", branch=spec, head_config=config)
    with tempfile.TemporaryDirectory() as scratch:
        weights = Path(scratch) / "branch.safetensors"
        module.save(weights)
        return registry.register(draft, {"branch": weights})


def measured(f1: float, split: str, backend: str = "torch", precision: str = "fp32") -> EvaluationDraft:
    """A measurement of ten rows, whatever they were."""
    return EvaluationDraft(
        backend=backend,
        precision=precision,
        dataset_name=f"{split}.jsonl",
        dataset_fingerprint="0" * 64,
        split=split,
        n=10,
        seconds=0.5,
        metrics={"f1": Metric(value=f1)},
        environment={},
    )


def home_with_models(home: Path, trunk_folder: Path, plugins: Plugins) -> Path:
    """Make a TRUNKLINE_HOME with classification/intents and ner/tickets in production, forks 2 and 1 of 3."""
    with Registry.open(Settings(home=home)) as registry:
        trunk = add_trunk(registry, trunk_folder)
        for task, name, fork in (("classification", "intents", 2), ("ner", "tickets", 1)):
            version = register_random(registry, plugins, trunk, task, name, fork, 1)
            registry.set_alias(version.reference, "production")
    return home
