"""What every trial of a run stands on: one trunk, one task, rows cut and laid out, states to be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trunkline.contract import DecoderTask, HeadConfig, HeadOptions, HeadTask
from trunkline.data.examples import Examples
from trunkline.errors import DataError
from trunkline.progress import Progress
from trunkline.records import BranchSpec, TrunkInfo
from trunkline.settings import Settings
from trunkline.trunk.encoder import Encoder
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.tuning.cache import StateCache
from trunkline.tuning.config import TuneConfig
from trunkline.tuning.determinism import precision_for
from trunkline.tuning.engine_choice import choose
from trunkline.tuning.engines import OpenVinoEngine, StateEngine, TorchEngine
from trunkline.tuning.layout import Layout
from trunkline.tuning.learner import Material
from trunkline.tuning.rows import Rows, build
from trunkline.tuning.start import Start
from trunkline.tuning.states import Source, dtype_of, layers_read


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Read-only: trials put their own modules on it."""

    config: TuneConfig
    task: HeadTask[Any, Any, Any]
    options: HeadOptions
    head_config: HeadConfig
    trunk: TrunkInfo
    trunk_folder: Path
    encoder: Encoder  # frozen, dropout off
    precision: str
    train: Rows
    dev: Rows
    calibration: Rows  # dev, and the rows that no head learns from
    engine: StateEngine  # runs the stem for states that are kept
    cache: StateCache
    left_out: int  # dev rows that the epochs' metric is not about: out of scope
    start: Start | None  # what a decoder goes on from

    @classmethod
    def lay(
        cls,
        config: TuneConfig,
        task: HeadTask[Any, Any, Any],
        trunk: TrunkInfo,
        trunk_folder: Path,
        data: tuple[Examples, Examples],
        cache: Path,
        settings: Settings,
        start: Start | None = None,
    ) -> Ground:
        """Load the trunk, learn the head's configuration from train, and lay out the rows.

        Raises `DataError` where nothing can be learnt, `InvalidInput` for options the task does not have.
        `settings` say where a trunk that was converted for a fast engine is kept.
        """
        options = task.options_model(**config.options)
        learnable, held, rest = _parts(task, options, data)
        head_config = config_of(task, learnable, options, trunk, start)
        files = None if start is None else start.files
        tokenizer = Tokenizer.from_folder(trunk_folder)
        precision = precision_for(config.precision)
        joined_at = config.joined_at or 0
        dev = build(task, held, tokenizer, None if start is None else head_config, joined_at, files)
        every = [*data[1].items, *rest]
        calibration = dev if len(every) == len(held) else build(task, every, tokenizer, None, joined_at)
        encoder = Encoder.load(trunk_folder).eval().requires_grad_(False)
        train = build(task, learnable, tokenizer, head_config, joined_at, files)
        plain, fast = TorchEngine(encoder, precision), OpenVinoEngine(trunk, trunk_folder, precision, settings)
        engine = choose(config, plain, fast, train.stem.tokens + dev.stem.tokens, cache / "engine.json")
        return cls(
            config,
            task,
            options,
            head_config,
            trunk,
            trunk_folder,
            encoder,
            precision,
            train,
            dev,
            calibration,
            engine,
            StateCache(cache, trunk.id, precision, trunk.width, engine.name),
            len(data[1]) - len(held),
            start,
        )

    @property
    def layouts(self) -> tuple[Layout, Layout]:
        """What the stem reads: train, dev."""
        return self.train.stem, self.dev.stem

    def caches(self, layers: Sequence[int]) -> bool:
        """Whether the states at `layers` are small enough to keep."""
        return self.cache.fits(self.layouts, layers, self._limit)

    def computed_by(self, spec: BranchSpec, full: bool) -> str:
        """Name the engine whose states a branch of `spec` learns from; those that are not kept are torch's."""
        kept = not full and self.caches(layers_read(spec))
        return self.engine.name if kept else TorchEngine(self.encoder, self.precision).name

    @property
    def _limit(self) -> int:
        return int(self.config.cache_gib * 2**30)

    def cache_states(self, layers: Sequence[int], progress: Progress) -> bool:
        """Compute and keep the states at `layers`, unless they are too large; tells whether they are kept."""
        if not self.caches(layers):
            return False
        self.cache.make_room(self.layouts, layers, self._limit)
        self.cache.ensure(self.engine, self.layouts, layers, progress)
        return True

    def materials(self, spec: BranchSpec, progress: Progress) -> tuple[Material, Material]:
        """Train and dev rows with the states that a branch of `spec` reads: cached, or computed each time."""
        layers = layers_read(spec)
        if not self.cache_states(layers, progress):
            if self.config.stem_backend == "openvino":
                limit = f"more than cache_gib {self.config.cache_gib:g} or than the disk has room for"
                progress.say(f"note: the hidden states are {limit}: torch computes them in every step")
            return Material(self.train, self.computed(spec)), Material(self.dev, self.computed(spec, self.dev))
        train, dev = (rows.joining(self.cache.open(rows.stem, layers)) for rows in (self.train, self.dev))
        return Material(self.train, train), Material(self.dev, dev)

    def computed(self, spec: BranchSpec, rows: Rows | None = None) -> Source:
        """The states that a branch of `spec` reads of `rows` (of train), computed whenever they are asked for."""
        return (rows or self.train).computed(self.encoder, spec, dtype_of(self.precision))


def config_of(
    task: HeadTask[Any, Any, Any],
    learnable: Sequence[Any],
    options: HeadOptions,
    trunk: TrunkInfo,
    start: Start | None,
) -> dict[str, Any]:
    """Give the head's configuration, learnt from the rows, or that of the version that the run goes on from."""
    if start is not None and isinstance(task, DecoderTask):
        return task.continued(start.version.head_config, options)
    return task.head_config(learnable, options, trunk)


def _parts(
    task: HeadTask[Any, Any, Any], options: HeadOptions, data: tuple[Examples, Examples]
) -> tuple[Sequence[Any], Sequence[Any], Sequence[Any]]:
    """Give the train rows to learn from, the dev rows to be judged on, and the train rows left for calibration."""
    train, dev = data[0].items, data[1].items
    learnable = task.training_examples(train, options)
    kept = {id(example) for example in learnable}
    judged = task.training_examples(dev, options)
    if not len(judged):
        raise DataError(["no row of the dev data can be judged by"], "Give dev rows of the classes to be learnt.")
    return learnable, judged, [example for example in train if id(example) not in kept]


def facts(config: TuneConfig, trunk: TrunkInfo, data: Mapping[str, str], threads: int) -> dict[str, Any]:
    """Everything that the weights depend on: it names the run."""
    from trunkline.evaluation.environment import environment

    machine = environment(threads)
    return {"config": config.model_dump(mode="json"), "trunk": trunk.id, "data": dict(data), "machine": machine}
