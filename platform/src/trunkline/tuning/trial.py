"""One place in the plane, trained and judged: the unit that `auto` repeats and a plain run does once."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from trunkline.progress import Progress
from trunkline.records import BranchSpec, TrunkInfo
from trunkline.records.record import Record
from trunkline.trunk.branch import BranchModule
from trunkline.trunk.encoder import Encoder
from trunkline.trunk.folder import save_trunk
from trunkline.tuning.checkpoint import Checkpoints
from trunkline.tuning.determinism import seed_everything
from trunkline.tuning.durable import room_for, write_whole
from trunkline.tuning.ground import Ground
from trunkline.tuning.learner import Learner, Material
from trunkline.tuning.loop import Fitted, Loop, Schedule
from trunkline.tuning.states import Computed, layers_read

BRANCH = "branch.safetensors"
TRUNK = "trunk"


class Trial(Record):
    """A finished trial; in its folder lie the branch's weights and, where everything trained, the new trunk."""

    spec: BranchSpec
    trunk: TrunkInfo | None  # the new one
    score: float  # on dev, larger is better
    seconds: float
    best_epoch: int
    history: tuple[dict[str, float], ...]
    folder: Path

    @property
    def full(self) -> bool:
        return self.trunk is not None


def train(ground: Ground, spec: BranchSpec, full: bool, folder: Path, progress: Progress) -> Trial:
    """Train the branch of `spec`, or everything where `full`; a trial finished earlier is not trained again."""
    finished = folder / "trial.json"
    if finished.is_file():
        return Trial.model_validate_json(finished.read_text())
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    seed_everything(ground.config.seed)
    learner = build_learner(ground, spec, full, progress)
    fitted = Loop(learner, schedule(ground, spec, full), Checkpoints(folder / "checkpoints")).run(progress)
    trial = Trial(
        spec=spec,
        trunk=_keep(learner, fitted, folder, ground),
        score=fitted.score,
        seconds=max(fitted.position.seconds, time.monotonic() - started),
        best_epoch=fitted.position.best_epoch,
        history=fitted.position.history,
        folder=folder,
    )
    with room_for(folder):
        write_whole(finished, lambda path: path.write_text(trial.model_dump_json()))
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    return trial


def schedule(ground: Ground, spec: BranchSpec, full: bool) -> Schedule:
    """How this trial learns."""
    config = ground.config
    epochs = config.epochs_of(spec, full)
    return Schedule(
        epochs=epochs,
        batch_size=config.batch_size,
        rates=config.rates(spec, full, ground.task.layers_rate),
        warmup=config.warmup,
        weight_decay=config.weight_decay,
        gradient_clip=config.gradient_clip,
        patience=config.patience_of(epochs),
        seed=config.seed,
        checkpoint_seconds=60 * config.checkpoint_minutes,
    )


def build_learner(ground: Ground, spec: BranchSpec, full: bool, progress: Progress) -> Learner:
    """Put a new head and branch on the ground; where `full`, over an encoder of its own that trains too."""
    head = ground.task.build_head(ground.head_config, ground.trunk.width)
    if not full:
        train, dev = ground.materials(spec, progress)
        branch = _started(BranchModule(ground.encoder, spec, head), ground)
        return Learner(ground.task, ground.head_config, ground.precision, branch, None, train, dev, ground.left_out)
    encoder = Encoder.load(ground.trunk_folder).requires_grad_(True)
    branch = _started(BranchModule(encoder, spec, head), ground)
    train, dev = (
        Material(rows, Computed(encoder, rows.layout, layers_read(spec), None, learns=True))
        for rows in (ground.train, ground.dev)
    )
    return Learner(ground.task, ground.head_config, ground.precision, branch, encoder, train, dev, ground.left_out)


def _started(branch: BranchModule, ground: Ground) -> BranchModule:
    """Put the weights in that the run goes on from, where it does."""
    if ground.start is not None:
        ground.start.fill(branch)
    return branch


def _keep(learner: Learner, fitted: Fitted, folder: Path, ground: Ground) -> TrunkInfo | None:
    """Write the best weights; where the encoder trained, as a new trunk, whose record is returned."""
    learner.load(fitted.weights)
    with room_for(folder):
        write_whole(folder / BRANCH, learner.branch.save)
        if learner.encoder is None:
            return None
        if (norm := learner.encoder.family.final_norm) is not None:
            norm.load_state_dict(learner.branch.norm.state_dict())  # it trained as the branch's own
        shutil.rmtree(folder / TRUNK, ignore_errors=True)
        name = f"{ground.trunk.name}-{ground.config.task}-{ground.config.name}"
        return save_trunk(learner.encoder, ground.trunk_folder, folder / TRUNK, name, ground.trunk.id)
