"""The story of one compiled version: converted, held against torch in fp32, measured, recorded; or refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from trunkline.contract.head_task import HeadTask
from trunkline.contract.plugins import Plugins, load_plugins
from trunkline.data.examples import Examples
from trunkline.data.read import Source, read_examples
from trunkline.errors import InvalidInput, QualityLost
from trunkline.evaluation.check import check_examples
from trunkline.evaluation.measure import Measurement, measure
from trunkline.export.comparison import Comparison, compare_answers, compare_states, inputs_of
from trunkline.progress import Progress, Silent
from trunkline.records import Evaluation, Version
from trunkline.records.record import Record
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.settings import Settings
from trunkline.store.registry import Registry

DEV = "data/dev"


class Compiled(Record):
    """A version that may be served by an engine, and what that costs."""

    evaluation: Evaluation
    comparison: Comparison
    drop: float  # of the primary metric against torch in fp32 on the same data; below zero: a gain
    speedup: float  # seconds of torch in fp32 over seconds of this engine, answering the same data


def compile_version(
    model: str,
    *,
    backend: str = "openvino",
    precision: str | None = None,
    max_drop: float = 0.005,
    data: Source | None = None,
    settings: Settings | None = None,
    plugins: Plugins | None = None,
    progress: Progress | None = None,
) -> Compiled:
    """Convert a version for `backend` and record how good it is there.

    It is measured beside torch in fp32 on `data`, or on the dev data that were kept with it. Raises `QualityLost`
    where it loses more than `max_drop` of its primary metric: then nothing is recorded, and no server takes it there.
    Raises `NotFound`, `InvalidInput` where no data were kept, `MissingExtra` where the backend is not installed.
    """
    settings, progress = settings or Settings(), progress or Silent()
    plugins = plugins or load_plugins(settings.block_plugins)
    if not 0 <= max_drop < 1:
        raise InvalidInput(f"max_drop {max_drop}: a share lies between 0 and 1, such as 0.005")
    there = settings.model_copy(update={"backend": backend, "precision": precision})
    here = settings.model_copy(update={"backend": "torch", "precision": "fp32"})
    with Registry.open(settings) as registry:
        version = registry.resolve(model)
        task = plugins.head_task(version.task)
        examples = _examples(registry, version, task, data, plugins)
        catalog, asked = RegistryCatalog(registry), [version.reference]
        with (
            Engine(catalog, plugins, here, models=asked, follow=False) as reference,
            Engine(catalog, plugins, there, models=asked, follow=False) as engine,
        ):
            exact = measure(reference, task, version.reference, examples, progress, split="dev", replicates=0)
            found = measure(engine, task, version.reference, examples, progress, split="dev", threads=settings.threads)
            inputs = inputs_of(task, examples.items)
            states = compare_states(reference, engine, version.trunk_id, inputs, version.branch.fork_layer)
        same, distance = compare_answers(exact.responses, found.responses)
        drop = _drop(task, exact, found)
        if drop > max_drop:
            raise QualityLost(_refusal(version, task, exact, found, max_drop))
        comparison = Comparison(states=states, same_answers=same, score_distance=distance)
        report = {**found.draft.report, "against_torch_fp32": comparison.model_dump()}
        draft = found.draft.model_copy(update={"report": report})
        evaluation = registry.record_evaluation(version.reference, draft)
    plugins.notify("evaluation_recorded", evaluation=evaluation)
    speedup = exact.draft.seconds / max(found.draft.seconds, 1e-9)
    return Compiled(evaluation=evaluation, comparison=comparison, drop=drop, speedup=speedup)


def _examples(
    registry: Registry, version: Version, task: HeadTask[Any, Any, Any], data: Source | None, plugins: Plugins
) -> Examples:
    if data is None:
        if DEV not in version.artifacts:
            raise InvalidInput(f"no dev data were kept with {version.reference}: give --data FILE")
        data = _rows(registry.artifact_bytes(version, DEV))
    examples = read_examples(task, data, plugins)
    check_examples(examples, task, version.head_config)
    return examples


def _rows(lines: bytes) -> Sequence[dict[str, Any]]:
    return [json.loads(line) for line in lines.decode().split("\n") if line]


def _drop(task: HeadTask[Any, Any, Any], exact: Measurement, found: Measurement) -> float:
    before, after = (one.draft.metrics[task.primary_metric].value for one in (exact, found))
    return before - after if task.higher_is_better else after - before


def _refusal(
    version: Version, task: HeadTask[Any, Any, Any], exact: Measurement, found: Measurement, max_drop: float
) -> str:
    before, after = (one.draft.metrics[task.primary_metric].value for one in (exact, found))
    engine = f"{found.draft.backend} {found.draft.precision}"
    return (
        f"{version.reference} on {engine}: {task.primary_metric} {after:.4f} where torch fp32 has {before:.4f}: more "
        f"than {max_drop} is lost; nothing was recorded. Take another precision, or allow it with --max-drop"
    )
