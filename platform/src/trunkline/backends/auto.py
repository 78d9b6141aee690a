"""What `auto` means: the engine that runs these trunks fastest here, of those that may be taken."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from math import log as logarithm
from pathlib import Path

from trunkline.backends import select
from trunkline.backends.backend import Backend
from trunkline.backends.pieces import Pieces
from trunkline.backends.timing import Timing, label, remembered, timed
from trunkline.errors import EnvironmentFault, MissingExtra
from trunkline.records import TrunkInfo
from trunkline.records.evaluation import REFERENCE
from trunkline.settings import Settings

log = logging.getLogger(__name__)
CANDIDATES = (REFERENCE, ("openvino", "bf16"), ("openvino", "fp32"), ("onnxruntime", "fp32"))
ON_GPU = ("torch", "bf16")
"""Takes part besides where torch computes on a GPU."""
COUNTED = {"auto": slice(None), "latency": slice(0, 1), "throughput": slice(-1, None)}
"""Which of the shapes that are timed, from small to large, count in each of the settings' modes."""
INT8 = (("openvino", "int8"), ("onnxruntime", "int8"))


def candidates(
    settings: Settings, pieces: Pieces | None = None, permitted: Collection[tuple[str, str]] = ()
) -> list[Backend]:
    """Give the engines that take part: installed, able to run on this processor, in the precision asked for.

    Where none is asked for, int8 takes part if it is `permitted`. The reference always does.
    """
    installed, found = select.installed(), []
    for name, precision in (*CANDIDATES, *INT8, *([ON_GPU] if settings.device != "cpu" else [])):
        open_to = settings.precision is None and (precision != "int8" or (name, precision) in permitted)
        wanted = precision == settings.precision or open_to
        if name in installed and (wanted or (name, precision) == REFERENCE):
            try:
                device = settings.device if name == "torch" else "cpu"
                one = settings.model_copy(update={"backend": name, "precision": precision, "device": device})
                found.append(select.choose(one, pieces))
            except EnvironmentFault:  # the processor has not got this precision
                continue
    return found


def choose(
    settings: Settings,
    trunks: Sequence[TrunkInfo],
    folder: Callable[[str], Path],
    permitted: Collection[tuple[str, str]],
    pieces: Pieces | None = None,
) -> Backend:
    """Give the fastest engine over `trunks`, of the reference and those `permitted` (backend and precision).

    In the settings' mode `latency` the fastest for one short text, in `throughput` for the largest of the shapes.
    Nothing is measured where there is no choice. `folder` gives a trunk's files by its id. Raises `MissingExtra`
    where none of those engines is installed.
    """
    engines, allowed = _allowed(settings, permitted, pieces)
    if len(allowed) == 1 or not trunks:
        log.info(
            "auto takes %s: every version served would have to be measured on another (trunkline compile)",
            label(allowed[0]),
        )
        return allowed[0]
    best = _best(allowed, [timed(trunk, folder, engines, settings) for trunk in trunks], settings)
    log.info("auto takes %s: the fastest here of %s", label(best), ", ".join(map(label, allowed)))
    return best


def known_best(
    settings: Settings, trunks: Sequence[TrunkInfo], permitted: Collection[tuple[str, str]], pieces: Pieces | None
) -> Backend | None:
    """Give what `choose` would without measuring anything; None where it would have to measure first."""
    engines, allowed = _allowed(settings, permitted, pieces)
    if len(allowed) == 1 or not trunks:
        return allowed[0]
    timings = [remembered(trunk, engines, settings) for trunk in trunks]
    return None if None in timings else _best(allowed, [one for one in timings if one is not None], settings)


def permitted_of(measured: Sequence[Collection[tuple[str, str]]]) -> set[tuple[str, str]]:
    """Give the engines on which every version was measured, of those on which each was."""
    return set.intersection(*map(set, measured)) if measured else set()


def _allowed(
    settings: Settings, permitted: Collection[tuple[str, str]], pieces: Pieces | None
) -> tuple[list[Backend], list[Backend]]:
    """Give who takes part, and who of those may be taken. Raises `MissingExtra` where nobody may."""
    engines = candidates(settings, pieces, permitted)
    allowed = [one for one in engines if (one.name, one.precision) in {REFERENCE, *permitted}]
    if not allowed:
        raise MissingExtra.needed("running models that were measured on no engine installed here", "torch")
    return engines, allowed


def _best(allowed: Sequence[Backend], timings: Sequence[Timing], settings: Settings) -> Backend:
    return min(allowed, key=lambda engine: _time(engine, timings, COUNTED[settings.mode]))


def _time(engine: Backend, timings: Sequence[Timing], counted: slice) -> float:
    """Give the logarithm of the time over all trunks and the shapes that are counted: each counts the same."""
    found = [timing.milliseconds.get(label(engine)) for timing in timings]
    if None in found:  # it took no part
        return float("inf")
    return sum(logarithm(one) for shapes in found if shapes for one in list(shapes.values())[counted])
