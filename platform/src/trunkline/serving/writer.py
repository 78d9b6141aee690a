"""Who writes a version's answers: its decoder over the stem's states, or an engine that runs both by itself."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trunkline.backends.backend import Backend, WritesWhole
from trunkline.contract.decoder_task import DecoderTask
from trunkline.contract.generation import Generation, Memory
from trunkline.contract.head_task import HeadTask
from trunkline.contract.whole_model import WholeGeneration
from trunkline.records import Version
from trunkline.serving.catalog import Catalog
from trunkline.serving.generator import Generator
from trunkline.serving.stats import Stats

WHOLE_AHEAD = 512
"""Inputs that an engine's own model is given at once: it writes those together that are about as long, and the more
there are to choose from, the less is padded."""


@dataclass(frozen=True, slots=True, eq=False)
class Writer:
    """Both ways of one version."""

    attending: Generator  # to the states of what was read
    whole: Generator | None = None  # reads by itself: its memories are the ids that the stem would read
    _follows: Callable[[Any], bool] | None = None

    def close(self) -> None:
        """End both, whatever they are at."""
        for generator in (self.attending, self.whole):
            if generator is not None:
                generator.close()

    def follows(self, prompt: Any) -> bool:
        """Tell whether `whole` can do what a prompt asks."""
        return self._follows is not None and self._follows(prompt)


def writer_of(
    version: Version,
    weights: Path,
    task: HeadTask[Any, Any, Any],
    backend: Backend,
    catalog: Catalog,
    width: int,
    stats: Stats,
) -> Writer | None:
    """Load what writes for a version that has a decoder, over states of `width`; what it writes is counted."""
    if not isinstance(task, DecoderTask):
        return None
    files = catalog.files(version)

    def attending() -> Generation:
        return task.generation(backend.load_decoder(version, weights, task, width), version.head_config, files)

    whole: WholeGeneration | None = None
    if isinstance(backend, WritesWhole):
        model = backend.load_whole(version, weights, task, catalog.trunk_folder(version.trunk_id))
        whole = task.whole_generation(model, version.head_config, files)
    label = version.reference
    if whole is None:
        return Writer(Generator(label, attending(), stats=stats))
    late = Generator(label, _Late(attending), stats=stats)
    return Writer(late, Generator(label, whole, WHOLE_AHEAD, stats), whole.follows)


class _Late:
    """A generation that is made once somebody asks something of it: most often the engine's own model is enough."""

    def __init__(self, make: Callable[[], Generation]) -> None:
        self._make = make
        self._made: Generation | None = None

    def add(self, key: Hashable, memory: Memory, prompt: Any) -> None:
        if self._made is None:
            self._made = self._make()
        self._made.add(key, memory, prompt)

    def step(self) -> Sequence[tuple[Hashable, Any]]:
        return () if self._made is None else self._made.step()

    def remove(self, key: Hashable) -> None:
        if self._made is not None:
            self._made.remove(key)

    @property
    def active(self) -> int:
        return 0 if self._made is None else self._made.active
