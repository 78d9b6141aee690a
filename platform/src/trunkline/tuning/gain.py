"""What a run gained over the version that it went on from, both measured on the same rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trunkline.contract import HeadTask, Plugins
from trunkline.data.examples import Examples
from trunkline.evaluation.evaluate import unrecorded
from trunkline.evaluation.measure import measure
from trunkline.progress import Progress
from trunkline.records import Evaluation, Version
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.settings import Settings
from trunkline.store.registry import Registry


def of_start(
    version: Version,
    parts: Mapping[str, Examples],
    registry: Registry,
    plugins: Plugins,
    settings: Settings,
    progress: Progress,
) -> dict[str, Evaluation]:
    """Measure the version on each part, by its name ("dev", "test"), as what is tuned will be measured.

    Nothing is recorded: what a version is worth by itself was measured on data of its own.
    """
    task: HeadTask[Any, Any, Any] = plugins.head_task(version.task)
    metric, found = task.primary_metric, {}
    if settings.precision == "int8":  # as candidates, which have no such weights yet
        settings = settings.model_copy(update={"precision": None})
    with Engine(RegistryCatalog(registry), plugins, settings, models=[version.reference], follow=False) as engine:
        for split, examples in parts.items():
            measured = measure(
                engine, task, version.reference, examples, progress, split=split, threads=settings.threads
            )
            found[split] = unrecorded(version, measured)
            value = found[split].metrics[metric].value
            progress.say(f"{version.reference}, from which it starts: {metric} {value:.4g} on {split}")
    return found


def as_json(found: Mapping[str, Evaluation]) -> str:
    """Give what `kept` reads."""
    return json.dumps({split: one.model_dump(mode="json") for split, one in found.items()})


def kept(file: Path, parts: Mapping[str, Examples]) -> dict[str, Evaluation] | None:
    """Give the figures of a file, if there is one and it is about the same rows."""
    if not file.is_file():
        return None
    found = {split: Evaluation.model_validate(one) for split, one in json.loads(file.read_text()).items()}
    rows = {split: part.fingerprint for split, part in parts.items()}
    return found if {split: one.dataset_fingerprint for split, one in found.items()} == rows else None


def lost(task: HeadTask[Any, Any, Any], before: Mapping[str, Evaluation], after: Mapping[str, Evaluation]) -> str:
    """Say by how much a tuned version is worse than its start, on test data where there are some; "" where it is not.

    Keys are "dev" and "test".
    """
    split = next((split for split in ("test", "dev") if split in before and split in after), None)
    if split is None:
        return ""
    metric = task.primary_metric
    was, value = (one[split].metrics[metric].value for one in (before, after))
    if value >= was if task.higher_is_better else value <= was:
        return ""
    return f"{metric} on {split} is {value:.4g}, and {before[split].model}, from which it started, has {was:.4g}"
