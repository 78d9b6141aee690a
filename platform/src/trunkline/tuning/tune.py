"""The door to tuning: what a caller may ask for, as a checked configuration. Importing it imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from trunkline.contract import Plugins, load_plugins
from trunkline.data.bad_rows import Logged
from trunkline.data.read import Source
from trunkline.errors import MissingExtra
from trunkline.progress import Progress, Silent
from trunkline.records import Evaluation, Version
from trunkline.settings import Settings
from trunkline.tuning.config import HeadReads, Method, Precision, StemBackend, TuneConfig
from trunkline.tuning.curve import Curve


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the rows of a run come from."""

    data: Source
    dev: float | Source  # a share of the rows, or data of its own
    test: Source | None = None


@dataclass(frozen=True, slots=True)
class TuningResult:
    """What a run came to."""

    version: Version
    evaluation: Evaluation  # on dev
    curve: Curve | None  # of `auto`
    seconds: float  # wall clock, evaluation included
    test: Evaluation | None = None  # on the test data, where they were given
    start: Mapping[str, Evaluation] = field(default_factory=dict)  # "dev", "test": of the version that it went on from


def tune(
    task: str,
    *,
    name: str,
    data: Source,
    dev: float | Source = 0.1,
    trunk: str | Path = "minilm",
    start: str | None = None,
    tuning: Method = "layers",
    fork_layer: int | Literal["auto"] | None = None,
    branch_layers: int | None = None,
    reads: HeadReads = "last",
    joined_at: int | None = None,
    epochs: int | None = None,
    batch_size: int = 32,
    learning_rate: float | None = None,
    head_learning_rate: float | None = None,
    warmup: float = 0.1,
    weight_decay: float = 0.01,
    gradient_clip: float = 1.0,
    patience: int | None = None,
    seed: int = 0,
    precision: Precision = "auto",
    stem_backend: StemBackend = "auto",
    threads: int | None = None,
    columns: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
    keep_data: bool = True,
    drop_bad_rows: bool = False,
    tolerance: float = 0.01,
    include_full: bool = False,
    cache_gib: float = 8.0,
    checkpoint_minutes: float = 10.0,
    resume: bool = True,
    test: Source | None = None,
    settings: Settings | None = None,
    plugins: Plugins | None = None,
    progress: Progress | None = None,
) -> TuningResult:
    """Tune a version of model `name` for `task` on `data`, measure it through the serving engine and register it.

    `dev` is a share of the rows to hold out or data of its own; early stopping and `fork_layer="auto"` look at it.
    `test` is data that nothing looks at before the version is measured on it, at the end.
    Rows that cannot be used are an error, each told with its place; with `drop_bad_rows` they are told, left out and
    counted as `dropped_rows` in the version's settings.
    An unfinished run of the same configuration and data is gone on with, unless `resume` is False.
    `joined_at` k has the two texts of a pair (question and passage) read apart up to layer k, where the version leaves
    the trunk, so that a passage's states can be kept.
    `start` names the version that a task with a decoder goes on from: its trunk is taken, and its decoder; it is
    measured on the same rows, so that what was gained is known.
    `stem_backend` runs the frozen layers where their states are kept: "auto" takes openvino where it is installed, the
    CPU multiplies in bf16 and there are enough tokens for it to pay, else torch.
    Raises `InvalidInput` for a configuration that cannot be, `DataError` for rows that cannot be used, `NotFound`,
    `EnvironmentFault` where the disk is full, `MissingExtra` where torch, or a backend asked for, is not installed.
    """
    settings = settings or Settings()
    config = TuneConfig.checked(
        task=task,
        name=name,
        trunk=str(trunk),
        start=start,
        tuning=tuning,
        fork_layer=fork_layer,
        branch_layers=branch_layers,
        reads=reads,
        joined_at=joined_at,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        head_learning_rate=head_learning_rate,
        warmup=warmup,
        weight_decay=weight_decay,
        gradient_clip=gradient_clip,
        patience=patience,
        seed=seed,
        precision=precision,
        stem_backend=stem_backend,
        threads=threads or settings.threads,
        dev=dev if isinstance(dev, int | float) else _named(dev),
        columns=dict(columns or {}),
        options=dict(options or {}),
        keep_data=keep_data,
        drop_bad_rows=drop_bad_rows,
        tolerance=tolerance,
        include_full=include_full,
        cache_gib=cache_gib,
        checkpoint_minutes=checkpoint_minutes,
    )
    try:
        import torch  # noqa: F401 - asked for here, so that its absence is told before any work

        from trunkline.tuning.story import tell
    except ModuleNotFoundError as error:
        raise MissingExtra.needed("tuning", "torch") from error
    plugins = plugins or load_plugins(settings.block_plugins)
    progress = progress or (Logged() if drop_bad_rows else Silent())
    return tell(config, Sources(data, dev, test), settings, plugins, progress, resume)


def _named(dev: Source) -> str:
    """What the settings remember of dev data: the file, or that it was given as rows."""
    return str(dev) if isinstance(dev, str | Path) else "rows"
