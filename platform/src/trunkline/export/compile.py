"""The story of one compiled version: made, held against torch in fp32, measured, kept with its figures; or refused."""

from __future__ import annotations

from typing import Any

from trunkline.backends import select
from trunkline.backends.backend import answering
from trunkline.backends.pieces import Workshop
from trunkline.contract.head_task import HeadTask
from trunkline.contract.plugins import Plugins, load_plugins
from trunkline.data.examples import Examples
from trunkline.data.read import Source
from trunkline.errors import InvalidInput
from trunkline.evaluation.measure import Measurement, measure
from trunkline.export.comparison import Comparison, compare_answers, compare_states, inputs_of
from trunkline.export.limits import Limits, warning
from trunkline.export.material import calibration_of, dev_examples
from trunkline.export.pieces import Made, Mended
from trunkline.progress import Progress, Silent
from trunkline.records import Evaluation, Version
from trunkline.records.record import Record
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.settings import Settings
from trunkline.store.registry import Registry
from trunkline.store.scratch import scratch


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
    max_drop: float | None = None,
    min_agreement: float | None = None,
    data: Source | None = None,
    calibration: Source | None = None,
    settings: Settings | None = None,
    plugins: Plugins | None = None,
    progress: Progress | None = None,
) -> Compiled:
    """Make a version's graphs for `backend`, record how good they are, and keep them in the registry.

    It is measured beside torch in fp32 on `data`, or on the dev data that were kept with it; int8 is quantized on the
    texts of `calibration`, or of the training data that were kept. The stem's graph is kept with its trunk, for all
    its versions. Raises `QualityLost` where more than `max_drop` of the primary metric is lost, in its own units (by
    default 0.5 % of its range), or a smaller share than `min_agreement` of the answers are those of torch in fp32,
    scores left aside: then nothing is kept.
    Raises `NotFound`, `InvalidInput` where no data were kept or too few, `MissingExtra` where the backend is not
    installed, `Conflict` where another process compiled the same trunk meanwhile.
    """
    settings, progress = settings or Settings(), progress or Silent()
    plugins = plugins or load_plugins(settings.block_plugins)
    there = settings.model_copy(update={"backend": backend, "precision": precision})
    here = settings.model_copy(update={"backend": "torch", "precision": "fp32"})
    with Registry.open(settings) as registry, scratch(settings.cache, "compile") as folder:
        version = registry.resolve(model)
        task = plugins.head_task(version.task)
        limits = Limits.of(task, max_drop, min_agreement)
        examples = dev_examples(registry, version, task, data, plugins)
        texts = calibration_of(registry, version, task, calibration, plugins) if _calibrated(there) else None
        catalog, stem_before = RegistryCatalog(registry), registry.trunk_pieces(version.trunk_id)
        fast = select.choose(there, Mended(catalog), Workshop(folder, texts, progress))
        if answering(fast, task) != (fast.name, fast.precision):
            raise InvalidInput(
                f"{fast.name} runs what writes, and {version.reference} labels: compile it for openvino or onnxruntime"
            )
        asked: dict[str, Any] = {"models": [version.reference], "follow": False}
        with (
            Engine(catalog, plugins, here, **asked) as reference,
            Engine(catalog, plugins, there, fast, **asked) as engine,
        ):
            with progress.track("making ready", 2) as done:
                for one in (reference, engine):
                    one.load(version.reference)  # what is made now counts in no figure of seconds
                    done(1)
            exact = measure(reference, task, version.reference, examples, progress, split="dev", replicates=0)
            found = measure(engine, task, version.reference, examples, progress, split="dev", threads=settings.threads)
            comparison = _compared(version, task, (reference, engine), (exact, found), examples)
        drop = limits.check(version.reference, task, exact, found, comparison)
        if (line := warning(comparison)) is not None:
            progress.say(line)
        report = {**found.draft.report, "against_torch_fp32": comparison.model_dump()}
        draft, made = found.draft.model_copy(update={"report": report}), Made.under(folder / fast.name)
        evaluation = registry.record_compiled(version.reference, draft, made.branch, made.stem, stem_before)
    plugins.notify("evaluation_recorded", evaluation=evaluation)
    speedup = exact.draft.seconds / max(found.draft.seconds, 1e-9)
    return Compiled(evaluation=evaluation, comparison=comparison, drop=drop, speedup=speedup)


def _calibrated(settings: Settings) -> bool:
    """Tell whether the engine quantizes on texts; CTranslate2 quantizes weights alone."""
    return settings.precision == "int8" and settings.backend != "ctranslate2"


def _compared(
    version: Version,
    task: HeadTask[Any, Any, Any],
    engines: tuple[Engine, Engine],
    measured: tuple[Measurement, Measurement],
    examples: Examples,
) -> Comparison:
    """Hold states and answers of the second engine against the first's."""
    inputs = inputs_of(task, examples.items)
    states = compare_states(*engines, version.trunk_id, inputs, version.branch.fork_layer)
    same, distance = compare_answers(*(one.responses for one in measured))
    return Comparison(states=states, same_answers=same, score_distance=distance)
