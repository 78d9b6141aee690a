"""A trunk with nothing to do for a moment lets go of threads, once."""

from __future__ import annotations

from time import monotonic, sleep

from test_failures import ShortOfMemory

from trunkline import EncoderInput
from trunkline.serving.worker import BREATH


class Pausing(ShortOfMemory):
    """A real stem that counts its pauses."""

    def __init__(self, stem) -> None:
        super().__init__(stem, most=1_000_000, error=MemoryError())
        self.pauses = 0

    def pause(self):
        self.pauses += 1
        self.stem.pause()


def test_a_stem_pauses_once_after_work(mixed) -> None:
    stems = []

    class Backend(type(mixed.backend)):
        def load_stem(self, folder, info):
            stems.append(Pausing(super().load_stem(folder, info)))
            return stems[-1]

        def load_branch(self, stem, version, weights, task):
            return super().load_branch(stem.stem, version, weights, task)

    with mixed.engine(backend=Backend(), state_cache_mib=0) as engine:
        for times in (1, 2):
            assert engine.predict_many("tag", "entities", [EncoderInput("ada in london")]).predictions
            until = monotonic() + 10
            while stems[0].pauses < times and monotonic() < until:
                sleep(BREATH)
            sleep(3 * BREATH)
            assert stems[0].pauses == times
