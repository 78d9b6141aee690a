"""What `tune` shows in the end: the version's quality on dev, and the curve of `auto`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.cli.output import evaluation_json, metric_text, print_json, print_text
from trunkline.contract import HeadConfig, HeadTask

if TYPE_CHECKING:
    from trunkline.records import Evaluation
    from trunkline.tuning.tune import TuningResult


def show(result: TuningResult, task: HeadTask[Any, Any, Any], alias: str | None, as_json: bool) -> None:
    """Print a line `ner/tickets@4  f1 0.861 [0.842, 0.879]  dev  n 191` for each data set, or everything as JSON.

    What the version went on from has a line of its own under each, on the same rows.
    """
    if as_json:
        print_json(tuned_json(result, alias))
        return
    if result.curve is not None:
        print_text("\n".join(result.curve.lines()))
    version, name = result.version, task.primary_metric
    for one in (result.evaluation, result.test):
        if one is not None:
            print_text(_line(one, name))
            if (before := result.start.get(one.split)) is not None:
                print_text(f"{_line(before, name)}  (its start)")
    if (threshold := fitted_threshold(version.head_config)) is not None:
        print_text(f"threshold {threshold:.3f}, fitted on dev: what is less probable is not answered (none of these)")
    if alias is not None:
        print_text(f"{version.task}/{version.name}@{alias} is now version {version.number}")


def _line(one: Evaluation, metric: str) -> str:
    return f"{one.model}  {metric_text(metric, one.metrics[metric])}  {one.split}  n {one.n}"


def worse_than_start(result: TuningResult, task: HeadTask[Any, Any, Any], alias: str) -> str:
    """Say why `alias` should not point at the version: what it went on from is better; "" where it is not."""
    from trunkline.tuning.gain import lost

    after = {one.split: one for one in (result.evaluation, result.test) if one is not None}
    told = lost(task, result.start, after)
    if not told:
        return ""
    version = result.version
    return (
        f"{alias} does not point at it: {told}. {version.reference} is registered; "
        f"to have it all the same: trunkline models alias {version.reference} {alias}"
    )


def fitted_threshold(config: HeadConfig) -> float | None:
    """Give the threshold of a head that fitted one, by the names that heads keep theirs under."""
    threshold = config.get("threshold")
    return threshold if config.get("threshold_rule") == "fit" and isinstance(threshold, float) else None


def tuned_json(result: TuningResult, alias: str | None) -> dict[str, Any]:
    """Give a tuning run's outcome as `tune --json` prints it; `seconds` is of the whole run."""
    version, curve = result.version, result.curve
    told: dict[str, Any] = {
        **evaluation_json(result.evaluation),
        "model": version.reference,
        "tuning": version.tuning,
        "fork_layer": version.branch.fork_layer,
        "branch_layers": version.branch.branch_layers,
        "reads": version.branch.reads,
        "joined_at": version.branch.joined_at or None,
        "trunk": version.trunk_id,
        "threshold": fitted_threshold(version.head_config),
        "test": evaluation_json(result.test) if result.test is not None else None,
        "start": {split: evaluation_json(one) for split, one in result.start.items()} or None,
        "alias": alias,
        "dropped_rows": sum(version.settings.get("dropped_rows", {}).values()),
        "seconds": round(result.seconds, 3),
    }
    if curve is not None:
        told["curve"] = curve.model_dump(mode="json")
    return told
