"""The story of one evaluation: a registered version, a data file, figures that are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trunkline.contract.plugins import Plugins, load_plugins
from trunkline.data.bad_rows import Logged
from trunkline.data.examples import Examples
from trunkline.data.read import Source, read_examples
from trunkline.evaluation.check import check_examples, warnings
from trunkline.evaluation.measure import Measurement, measure
from trunkline.evaluation.wrong_answers import check_destination, write_wrong
from trunkline.progress import Progress, Silent
from trunkline.records import Evaluation, Version
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.settings import Settings
from trunkline.store.registry import Registry


def evaluate(
    model: str,
    *,
    data: Source,
    columns: Mapping[str, str] | None = None,
    split: str = "test",
    errors: str | Path | None = None,
    record: bool = True,
    drop_bad_rows: bool = False,
    settings: Settings | None = None,
    plugins: Plugins | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure the version that `model` refers to on `data`, through the serving engine, and record it.

    `errors` names a file for the wrong answers; `record` False keeps the figures out of the registry (id 0).
    Rows that cannot be used are an error, each told with its place; with `drop_bad_rows` they are told, left out and
    counted as `dropped_rows` in the record's environment.
    Raises `NotFound` for an unknown model or file, `DataError` for rows that cannot be used, or where none is left.
    """
    settings = settings or Settings()
    plugins = plugins or load_plugins(settings.block_plugins)
    progress = progress or (Logged() if drop_bad_rows else Silent())
    if errors is not None:
        check_destination(Path(errors), data)
    with Registry.open(settings) as registry:
        version = registry.resolve(model)
        examples = read(version, data, columns or {}, plugins, progress if drop_bad_rows else None)
        measured = _measured(registry, version, examples, split, settings, plugins, progress)
        if errors is not None:
            wrong = write_wrong(Path(errors), plugins.head_task(version.task), examples, measured.responses)
            progress.say(f"{wrong} of {len(examples)} wrong, listed in {errors}")
        if not record:
            return unrecorded(version, measured)
        evaluation = registry.record_evaluation(version.reference, measured.draft)
    plugins.notify("evaluation_recorded", evaluation=evaluation)
    return evaluation


def read(
    version: Version, data: Source, columns: Mapping[str, str], plugins: Plugins, dropping: Progress | None = None
) -> Examples:
    """Read the data and check that `version` can be measured on it; bad rows are told to `dropping` and left out."""
    task = plugins.head_task(version.task)
    examples = read_examples(task, data, plugins, columns, dropping)
    return check_examples(examples, task, version.head_config, dropping)


def unrecorded(version: Version, measured: Measurement) -> Evaluation:
    """Give the figures as an evaluation that no registry knows."""
    facts: dict[str, Any] = measured.draft.model_dump()
    return Evaluation(id=0, model=version.reference, created_at=datetime.now(UTC), **facts)


def _measured(
    registry: Registry,
    version: Version,
    examples: Examples,
    split: str,
    settings: Settings,
    plugins: Plugins,
    progress: Progress,
) -> Measurement:
    task = plugins.head_task(version.task)
    for line in warnings(examples, task):
        progress.say(f"warning: {line}")
    with Engine(RegistryCatalog(registry), plugins, settings, models=[version.reference], follow=False) as engine:
        return measure(engine, task, version.reference, examples, progress, split=split, threads=settings.threads)
