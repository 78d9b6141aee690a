"""The story of one tuning run, top to bottom: labelled rows in, a registered and measured version out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from trunkline.contract import HeadConfig, HeadTask, Plugins
from trunkline.data.examples import Examples
from trunkline.data.read import read_examples
from trunkline.data.split import split
from trunkline.errors import Conflict
from trunkline.evaluation.check import check_examples, check_training, warnings
from trunkline.memory import freed_memory_kept
from trunkline.progress import Progress
from trunkline.records import BranchSpec, Evaluation, TrunkInfo, Version
from trunkline.settings import Settings
from trunkline.store.registry import Registry
from trunkline.tuning import auto, gain, plane, workspace
from trunkline.tuning.attempt import recorded
from trunkline.tuning.candidate import candidate, evaluate
from trunkline.tuning.config import TuneConfig
from trunkline.tuning.curve import Curve
from trunkline.tuning.determinism import deterministic
from trunkline.tuning.durable import room_for, write_whole
from trunkline.tuning.estimate import estimate
from trunkline.tuning.ground import Ground, config_of, facts
from trunkline.tuning.registering import draft_of, register, registered_before
from trunkline.tuning.start import Start, resolved
from trunkline.tuning.trial import Trial, train
from trunkline.tuning.trunks import choose
from trunkline.tuning.tune import Sources, TuningResult

FEW = 50  # dev rows: with fewer, one row moves a share of right answers by more than 2 %


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What every step of a run may look at."""

    config: TuneConfig
    task: HeadTask[Any, Any, Any]
    registry: Registry
    plugins: Plugins
    settings: Settings
    progress: Progress
    resume: bool
    start: Start | None  # what a decoder goes on from

    @property
    def dropping(self) -> Progress | None:
        """Who is told of rows that are left out; None where they are an error."""
        return self.progress if self.config.drop_bad_rows else None

    def check_place(self, n_layers: int) -> None:
        """Raise `InvalidInput` where the version cannot leave a trunk of `n_layers` layers."""
        self.config.check_place(n_layers)
        if self.start is not None:
            self.start.check(self.config.spec(n_layers), self.config.tuning == "full")


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """The rows of a run."""

    train: Examples
    dev: Examples
    test: Examples | None
    dropped: Mapping[str, int]  # rows left out of "data", "dev" and "test", as they were given


def tell(
    config: TuneConfig, sources: Sources, settings: Settings, plugins: Plugins, progress: Progress, resume: bool
) -> TuningResult:
    """Do what `tune` promises."""
    started = time.monotonic()
    task = plugins.head_task(config.task)
    config.check_options(task.options_model)
    with Registry.open(settings) as registry:
        config, start = resolved(config, task, registry)
        run = Run(config, task, registry, plugins, settings, progress, resume, start)
        check_name_is_free(registry, config)
        # the run's folder goes after all is recorded: until then a repeat finds the version by it
        with ExitStack() as at_last, recorded(registry, config, settings.cache) as attempt:
            version, curve, before = _tuned(run, _read(run, sources), attempt.scratch, at_last, started)
            attempt.version = version
        evaluation = registry.latest_evaluation(version.reference, split="dev")
        test = None if sources.test is None else registry.latest_evaluation(version.reference, split="test")
    assert evaluation is not None  # it was registered with the version
    return TuningResult(version, evaluation, curve, time.monotonic() - started, test, before)


def check_name_is_free(registry: Registry, config: TuneConfig) -> None:
    """Raise `Conflict` before any work where a model of another task has the name."""
    for model in registry.models():
        if model.name == config.name and model.task != config.task:
            raise Conflict(f"{config.name!r} is a model of task {model.task!r}: names are unique, choose another")


def _read(run: Run, sources: Sources) -> Data:
    """Read and check all rows, and hold out dev."""
    columns = run.config.columns
    data = read_examples(run.task, sources.data, run.plugins, columns, run.dropping)
    data = check_training(data, run.task, run.task.options_model(**run.config.options), run.dropping)
    for line in warnings(data, run.task):
        run.progress.say(f"warning: {line}")
    if isinstance(sources.dev, int | float):
        train_rows, dev = split(data, run.task, float(sources.dev), run.config.seed)
    else:
        train_rows, dev = data, read_examples(run.task, sources.dev, run.plugins, columns, run.dropping)
    test = None if sources.test is None else read_examples(run.task, sources.test, run.plugins, columns, run.dropping)
    return Data(train_rows, dev, test, {"data": data.dropped})


def _tuned(
    run: Run, data: Data, scratch: Path, at_last: ExitStack, started: float
) -> tuple[Version, Curve | None, Mapping[str, Evaluation]]:
    """Train on a trunk in the run's own folder, which `at_last` removes; gives also what the run's start is worth."""
    with deterministic(run.config.threads) as threads, freed_memory_kept():
        trunk, folder = choose(run.config.trunk, run.registry, run.settings, scratch, run.check_place)
        if isinstance(run.config.dev, float):
            data = _with_lone_labels_in_train(run, data, trunk)
        if run.dropping is not None:
            data = _measurable(run, data, trunk)
        names = {"train": data.train.fingerprint, "dev": data.dev.fingerprint}
        about = facts(run.config, trunk, names, threads)
        work = at_last.enter_context(workspace.opened(run.settings, about, run.resume, run.progress))
        if (before := registered_before(run.registry, workspace.key_of(work))) is not None:
            run.progress.say(f"it had registered {before[0].reference} before its process ended")
            return *before, _start_measured(run, data, work)
        parts = (data.train, data.dev)
        ground = Ground.lay(run.config, run.task, trunk, folder, parts, work / "states", run.settings, run.start)
        for part in (data.dev, data.test):
            if part is not None:
                check_examples(part, run.task, ground.head_config)
        _warn_of_few(run, len(ground.dev.examples))
        at_start = _start_measured(run, data, work)
        trial, curve = _trained(run, ground, work)
        spent = (threads, time.monotonic() - started)
        return _registered(run, ground, trial, data, curve, (workspace.key_of(work), *spent)), curve, at_start


def _start_measured(run: Run, data: Data, work: Path) -> Mapping[str, Evaluation]:
    """Measure what the run goes on from, once: a run that is gone on with finds the figures in its folder."""
    if run.start is None:
        return {}
    parts = {split: part for split, part in (("dev", data.dev), ("test", data.test)) if part is not None}
    file = work / "start.json"
    found = gain.kept(file, parts)
    if found is None:
        found = gain.of_start(run.start.version, parts, run.registry, run.plugins, run.settings, run.progress)
        with room_for(work):
            write_whole(file, lambda path: path.write_text(gain.as_json(found)))
    return found


def _with_lone_labels_in_train(run: Run, data: Data, trunk: TrunkInfo) -> Data:
    """Move held-out rows back to train where only they have some label: chance must not fail a run."""
    lone = {index for index, _ in run.task.check_examples(data.dev.items, _head_config(run, data, trunk))}
    if not lone or len(lone) == len(data.dev):  # nothing to mend, or nothing would be left
        return data
    run.progress.say(f"note: {len(lone)} held-out rows are in train again: no other row has their labels")
    rest = data.dev.subset(index for index in range(len(data.dev)) if index not in lone)
    return replace(data, train=data.train.joined(data.dev.subset(sorted(lone))), dev=rest)


def _measurable(run: Run, data: Data, trunk: TrunkInfo) -> Data:
    """Leave out dev and test rows that a version of these training rows cannot be measured on, and count all."""
    config = _head_config(run, data, trunk)
    dev = check_examples(data.dev, run.task, config, run.dropping)
    test = None if data.test is None else check_examples(data.test, run.task, config, run.dropping)
    counted = {**data.dropped, "dev": dev.dropped, **({} if test is None else {"test": test.dropped})}
    return replace(data, dev=dev, test=test, dropped=counted)


def _head_config(run: Run, data: Data, trunk: TrunkInfo) -> HeadConfig:
    options = run.task.options_model(**run.config.options)
    return config_of(run.task, run.task.training_examples(data.train.items, options), options, trunk, run.start)


def _warn_of_few(run: Run, rows: int) -> None:
    """Tell where so few dev rows judge that their metric says little of others."""
    if rows >= FEW:
        return
    held_out = isinstance(run.config.dev, float)
    remedy = "hold out a larger share with --dev, or name a dev file" if held_out else "give a larger dev file"
    run.progress.say(
        f"warning: only {rows} rows to judge by: each weighs {1 / rows:.0%} of the dev metric, so it and what is "
        f"chosen by it say little of other rows; {remedy}"
    )


def _trained(run: Run, ground: Ground, work: Path) -> tuple[Trial, Curve | None]:
    n_layers = ground.trunk.n_layers
    if run.config.automatic:
        specs = [plane.spec_of(place, run.config.reads) for place in plane.coarse(n_layers)]
        run.progress.say(estimate(ground, specs, run.config.include_full).told())
        return auto.explore(
            ground, _forks_in_use(run.registry, ground.trunk, run.config.task, run.config.name), work, run.progress
        )
    spec, full = run.config.spec(n_layers), run.config.tuning == "full"
    branches: list[BranchSpec] = [] if full else [spec]
    run.progress.say(estimate(ground, branches, full).told())
    return train(ground, spec, full, work / "trial", run.progress), None


def _registered(
    run: Run, ground: Ground, trial: Trial, data: Data, curve: Curve | None, about: tuple[str, int, float]
) -> Version:
    made = candidate(ground, trial)
    draft = draft_of(run.config, made, data.train, data.dropped, *about)
    measured = [
        evaluate(made, draft, part, kind, run.settings, run.plugins, run.progress)
        for kind, part in (("dev", data.dev), ("test", data.test))
        if part is not None
    ]
    kept = (data.train, data.dev) if run.config.keep_data else None
    return register(run.registry, run.plugins, made, draft, kept, measured, curve)


def _forks_in_use(registry: Registry, trunk: TrunkInfo, task: str, name: str) -> list[int]:
    """Give where other models leave the trunk: the newest version of each, and those that an alias points to."""
    newest = {(version.task, version.name): version.number for version in registry.versions()}
    return [
        version.branch.fork_layer
        for version in registry.versions()
        if version.trunk_id == trunk.id
        and (version.task, version.name) != (task, name)
        and (version.aliases or version.number == newest[version.task, version.name])
    ]
