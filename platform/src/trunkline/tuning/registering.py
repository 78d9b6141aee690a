"""From a candidate to a version: one transaction with its artifacts and its measured quality."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from trunkline.contract import Plugins
from trunkline.data.examples import Examples
from trunkline.data.rows import canonical_jsonl
from trunkline.evaluation.environment import environment
from trunkline.records import EvaluationDraft, Version, VersionDraft
from trunkline.serving.catalog import FILES
from trunkline.store.registry import Registry
from trunkline.tuning.candidate import Candidate
from trunkline.tuning.config import TuneConfig
from trunkline.tuning.curve import Curve


def draft_of(
    config: TuneConfig,
    made: Candidate,
    data: Examples,
    dropped: Mapping[str, int],
    key: str,
    threads: int,
    seconds: float,
) -> VersionDraft:
    """State what the version is, with settings complete enough to tune it again and the key of its run."""
    trial = made.trial
    epochs = config.epochs_of(trial.spec, trial.full)
    resolved = {"branch": trial.spec.model_dump(), "epochs": epochs, "rates": list(made.rates), "stem": made.stem}
    settings = config.model_dump(mode="json") | {"threads": threads, "run": key}
    settings |= {f"resolved_{name}": value for name, value in resolved.items()}
    if config.drop_bad_rows:
        settings |= {"dropped_rows": dict(dropped)}
    return VersionDraft(
        task=config.task,
        name=config.name,
        trunk_id=made.trunk.id,
        tuning="full" if trial.full else "head" if trial.spec.branch_layers == 0 else "layers",
        branch=trial.spec,
        head_config=dict(made.head_config),
        settings=settings,
        dataset_fingerprint=data.fingerprint,
        seconds=seconds,
    )


def register(
    registry: Registry,
    plugins: Plugins,
    made: Candidate,
    draft: VersionDraft,
    data: tuple[Examples, Examples] | None,
    evaluations: Sequence[EvaluationDraft],
    curve: Curve | None,
) -> Version:
    """Register trunk and version, and tell the plugins that observe."""
    registry.add_trunk(made.trunk, made.trunk_folder)
    artifacts: dict[str, Any] = {"branch": made.weights, "tuning.json": _story(made, draft)}
    artifacts |= {f"{FILES}{name}": path for name, path in made.files.items()}
    if data is not None:
        artifacts |= {role: canonical_jsonl(part.items) for role, part in zip(_DATA, data, strict=True)}
    if curve is not None:
        artifacts |= {"curve.json": curve.model_dump_json(indent=1).encode(), "curve.svg": curve.svg().encode()}
    version = registry.register(draft, artifacts, evaluations)
    plugins.notify("version_registered", version=version)
    for evaluation in reversed(registry.evaluations(version.reference)):
        plugins.notify("evaluation_recorded", evaluation=evaluation)
    return version


def registered_before(registry: Registry, key: str) -> tuple[Version, Curve | None] | None:
    """Give the version that a run of this key registered before its process was killed, with its curve."""
    for version in registry.versions():
        if version.settings.get("run") == key:
            drawn = "curve.json" in version.artifacts
            curve = Curve.model_validate_json(registry.artifact_bytes(version, "curve.json")) if drawn else None
            return version, curve
    return None


_DATA = ("data/train", "data/dev")


def _story(made: Candidate, draft: VersionDraft) -> bytes:
    trial = made.trial
    story = {
        "settings": draft.settings,
        "branch": trial.spec.model_dump(),
        "best_epoch": trial.best_epoch,
        "history": trial.history,
        "environment": environment(draft.settings.get("threads")),
    }
    return json.dumps(story, indent=1).encode()
