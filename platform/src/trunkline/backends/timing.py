"""How fast engines run a trunk on this machine: measured once, then remembered until something changes."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import numpy as np
from pydantic import PositiveFloat

from trunkline.backends.backend import Backend, Stem
from trunkline.errors import MissingExtra, NotMeasured
from trunkline.machine import cores, cpu_model, versions_of
from trunkline.records import TrunkInfo
from trunkline.records.record import Record
from trunkline.settings import Settings
from trunkline.store.faults import disk_faults
from trunkline.trunk.batch import TokenBatch

log = logging.getLogger(__name__)
SHAPES = ((1, 16), (8, 32), (32, 64))
"""Rows and tokens in a row: one request, a few, and more than a pass holds at once."""
TURNS, RUNS = 2, 3  # of each engine at each shape, and passes in each turn
REST = 0.1  # seconds
PACKAGES = ("trunkline", "torch", "transformers", "openvino", "onnxruntime")


class Facts(Record):
    """What a measurement depends on."""

    trunk: str  # its id
    cpu: str
    threads: int
    device: str = "cpu"  # torch's
    precision: str | None  # what the settings ask for, which decides who takes part
    packages: dict[str, str]


class Timing(Record):
    """Milliseconds that a pass of the whole trunk takes, by engine ("torch fp32") and shape ("1x16")."""

    facts: Facts
    milliseconds: dict[str, dict[str, PositiveFloat]]
    without: tuple[str, ...] = ()  # engines that could not take part

    def covers(self, engines: Sequence[Backend]) -> bool:
        """Tell whether all of these were tried."""
        return {label(one) for one in engines} <= {*self.milliseconds, *self.without}


def label(backend: Backend) -> str:
    """Name an engine as it is remembered: "openvino bf16"."""
    return f"{backend.name} {backend.precision}"


def facts_of(trunk: TrunkInfo, settings: Settings) -> Facts:
    """Give what holds for a measurement made now."""
    return Facts(
        trunk=trunk.id,
        cpu=cpu_model(),
        threads=settings.threads or cores(),
        device=settings.device,
        precision=settings.precision,
        packages=versions_of(PACKAGES),
    )


class TimingMemory:
    """Measurements under `folder`, which may be lost: a file for all facts that are equal."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, facts: Facts) -> Timing | None:
        """Give what was measured under these facts; None where nothing was, or its file is damaged."""
        with suppress(OSError, ValueError):
            found = Timing.model_validate_json(self._file(facts).read_bytes())
            return found if found.facts == facts else None
        return None

    def put(self, timing: Timing) -> None:
        """Remember a measurement. Raises `EnvironmentFault` where the disk is full."""
        with disk_faults(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=self._folder, delete=False) as aside:
                aside.write(timing.model_dump_json(indent=1))
            os.replace(aside.name, self._file(timing.facts))  # noqa: PTH105 - said as what it is: one system call

    def _file(self, facts: Facts) -> Path:
        key = json.dumps(facts.model_dump(mode="json"), sort_keys=True)
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def memory(settings: Settings) -> TimingMemory:
    return TimingMemory(settings.cache / "timings")


def remembered(trunk: TrunkInfo, engines: Sequence[Backend], settings: Settings) -> Timing | None:
    """Give what was measured of a trunk, if all of these engines were tried."""
    found = memory(settings).get(facts_of(trunk, settings))
    return found if found is not None and found.covers(engines) else None


def timed(trunk: TrunkInfo, folder: Callable[[str], Path], engines: Sequence[Backend], settings: Settings) -> Timing:
    """Give the remembered timing of a trunk, or measure it: some seconds, and more where graphs are converted first.

    `folder` gives a trunk's files by its id. An engine that would need what is not installed to convert the trunk
    takes no part.
    """
    if (found := remembered(trunk, engines, settings)) is not None:
        return found
    told = ", ".join(map(label, engines))
    log.info("measuring how fast %s run trunk %s here: once, some seconds to a minute", told, trunk.name)
    stems = _stems(trunk, folder(trunk.id), engines)
    shapes = {f"{rows}x{length}": _tokens(rows, length, trunk) for rows, length in SHAPES}
    measured = {name: _medians(stems, batch) for name, batch in shapes.items()}
    timing = Timing(
        facts=facts_of(trunk, settings),
        milliseconds={engine: {shape: measured[shape][engine] for shape in shapes} for engine in stems},
        without=tuple(name for one in engines if (name := label(one)) not in stems),
    )
    memory(settings).put(timing)
    return timing


def _stems(trunk: TrunkInfo, folder: Path, engines: Sequence[Backend]) -> dict[str, Stem]:
    stems = {}
    for engine in engines:
        try:
            stems[label(engine)] = engine.load_stem(folder, trunk)
        except (MissingExtra, NotMeasured) as error:
            log.info("%s takes no part: %s", label(engine), error)
    return stems


def _tokens(rows: int, length: int, trunk: TrunkInfo) -> TokenBatch:
    ids = np.arange(rows * length, dtype=np.int64).reshape(rows, length) % int(trunk.config.get("vocab_size", 1))
    return TokenBatch(ids, np.zeros_like(ids), np.ones_like(ids, dtype=np.bool_))


def _medians(stems: Mapping[str, Stem], batch: TokenBatch) -> dict[str, float]:
    """Time the engines in turn, a few passes each, so that what else the machine does meets all of them.

    Each turn begins with a rest, since an engine's threads look for more work for a while after its last pass and
    would slow the next one, and with a pass that is not counted.
    """
    taken: dict[str, list[float]] = {name: [] for name in stems}
    for _ in range(TURNS):
        for name, stem in stems.items():
            sleep(REST)
            _pass(stem, batch)
            taken[name] += [_pass(stem, batch) for _ in range(RUNS)]
    return {name: median(times) for name, times in taken.items()}


def _pass(stem: Stem, batch: TokenBatch) -> float:
    """Run the whole trunk; gives milliseconds."""
    begin = perf_counter()
    stem.advance(stem.embed(batch), stem.info.n_layers)
    return 1000 * (perf_counter() - begin)
