"""`--fork-layer auto`: try places in the plane from cheap to dear, keep the cheapest that is good enough."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trunkline.progress import Progress
from trunkline.records import BranchSpec
from trunkline.tuning import plane
from trunkline.tuning.curve import Curve, Point, cheapest
from trunkline.tuning.ground import Ground
from trunkline.tuning.states import layers_read
from trunkline.tuning.trial import Trial, train


def explore(ground: Ground, used: Sequence[int], folder: Path, progress: Progress) -> tuple[Trial, Curve]:
    """Train at each place; finished trials are kept under `folder`, so that a killed run goes on with the next.

    `used` are the forks at which other models leave this trunk. Returns the chosen trial and the whole curve.
    """
    config, n_layers = ground.config, ground.trunk.n_layers
    places = plane.coarse(n_layers)
    specs = [plane.spec_of(place, config.reads) for place in places]
    ground.cache_states(sorted({layer for spec in specs for layer in layers_read(spec)}), progress)
    trials: dict[plane.Place, Trial] = {}
    pending: list[plane.Place] = list(places)
    while pending:
        place = pending.pop(0)
        trials[place] = _try(ground, plane.spec_of(place, config.reads), False, folder, progress)
        if not pending and (further := plane.deeper(n_layers, _scores(trials), config.tolerance)):
            pending.append(further)
    tried = list(trials.values())
    if config.include_full:
        top = BranchSpec(fork_layer=n_layers, branch_layers=0, reads=config.reads)
        tried.append(_try(ground, top, True, folder, progress))
    curve = draw(ground, tried, used)
    return tried[curve.chosen], curve


def draw(ground: Ground, tried: Sequence[Trial], used: Sequence[int]) -> Curve:
    """Make the curve of finished trials and choose among them."""
    better = ground.task.higher_is_better
    points = tuple(
        Point(
            fork_layer=trial.spec.fork_layer,
            branch_layers=trial.spec.branch_layers,
            full=trial.full,
            metric=trial.score if better else -trial.score,
            seconds=trial.seconds,
        )
        for trial in tried
    )
    chosen = cheapest(points, ground.config.tolerance, better, used)
    return Curve(
        metric=ground.task.primary_metric,
        higher_is_better=better,
        tolerance=ground.config.tolerance,
        points=points,
        chosen=chosen,
        shared=max(used, default=0),
    )


def _try(ground: Ground, spec: BranchSpec, full: bool, folder: Path, progress: Progress) -> Trial:
    where = "everything" if full else f"fork {spec.fork_layer}, {spec.branch_layers} own layers"
    name = "full" if full else f"{spec.fork_layer}+{spec.branch_layers}"
    progress.say(f"auto: trying {where}")
    return train(ground, spec, full, folder / name, progress)


def _scores(trials: dict[plane.Place, Trial]) -> dict[plane.Place, float]:
    return {place: trial.score for place, trial in trials.items()}
