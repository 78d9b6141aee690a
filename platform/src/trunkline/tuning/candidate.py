"""A trained version before it is registered: calibrated, and measured by the engine that will serve it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trunkline.contract import DecoderTask, HeadConfig, HeadTask, Plugins
from trunkline.data.examples import Examples
from trunkline.evaluation.measure import measure
from trunkline.progress import Progress, Silent
from trunkline.records import EvaluationDraft, TrunkInfo, Version, VersionDraft
from trunkline.serving.catalog import CandidateCatalog
from trunkline.serving.engine import Engine
from trunkline.settings import Settings
from trunkline.trunk.branch import BranchModule
from trunkline.trunk.encoder import Encoder
from trunkline.tuning.ground import Ground
from trunkline.tuning.learner import Material, outputs
from trunkline.tuning.states import InFull, dtype_of
from trunkline.tuning.trial import BRANCH, TRUNK, Trial


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """Everything that a version will be made of."""

    trunk: TrunkInfo
    trunk_folder: Path
    weights: Path
    trial: Trial
    head_config: HeadConfig
    files: Mapping[str, Path]  # what it keeps beside its weights
    rates: tuple[float, float]  # peak learning rates of its layers and its head
    stem: str  # the engine that gave the states it learnt from: "openvino bf16"


def candidate(ground: Ground, trial: Trial) -> Candidate:
    """Make a candidate of a finished trial: its trunk found or made, its outputs calibrated on dev."""
    trunk, folder = ground.trunk, ground.trunk_folder
    if trial.trunk is not None:
        trunk, folder = trial.trunk, trial.folder / TRUNK
    files = {} if ground.start is None else ground.start.files
    stem = ground.computed_by(trial.spec, trial.full)
    rates = ground.config.rates(trial.spec, trial.full, ground.task.layers_rate)
    made = Candidate(trunk, folder, trial.folder / BRANCH, trial, ground.head_config, files, rates, stem)
    if isinstance(ground.task, DecoderTask):
        return made
    return replace(made, head_config=_calibrated(ground, made))


def evaluate(
    made: Candidate,
    draft: VersionDraft,
    examples: Examples,
    split: str,
    settings: Settings,
    plugins: Plugins,
    progress: Progress,
) -> EvaluationDraft:
    """Measure the candidate through the serving engine: the figures are those of the version when served.

    Not in int8, which is made of registered versions: then in what the backend computes in by itself.
    """
    if settings.precision == "int8":
        settings = settings.model_copy(update={"precision": None})
    version = Version(**draft.model_dump(), number=0, created_at=datetime.now(UTC))
    catalog = CandidateCatalog(version, made.trunk, made.trunk_folder, made.weights, made.files)
    task: HeadTask[Any, Any, Any] = plugins.head_task(draft.task)
    with Engine(catalog, plugins, settings) as engine:
        measured = measure(engine, task, version.reference, examples, progress, split=split, threads=settings.threads)
    return measured.draft


def _calibrated(ground: Ground, made: Candidate) -> dict[str, Any]:
    """Fit temperature and thresholds of the head on outputs of a branch in fp32, as it is served."""
    encoder = Encoder.load(made.trunk_folder) if made.trial.full else ground.encoder
    spec, rows = made.trial.spec, ground.calibration
    branch = BranchModule(encoder, spec, ground.task.build_head(ground.head_config, ground.trunk.width))
    branch.load_weights(made.weights)
    source = rows.computed(encoder, spec, dtype_of("fp32"))
    if rows is ground.dev and not made.trial.full:  # states rounded to bf16 move a temperature by 1e-4 of it
        source = InFull(ground.materials(spec, Silent())[1].source)
    said = outputs(branch.eval(), Material(rows, source), ground.task, "fp32")
    examples = [rows.examples[owner] for owner in rows.owners]
    return dict(ground.task.calibrate(said, rows.inputs, examples, ground.head_config))
