"""One trunk at work: its tokenizer, its queue and its worker."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from threading import Event
from time import monotonic

from trunkline.backends.backend import Stem
from trunkline.errors import EngineStopped
from trunkline.records import TrunkInfo
from trunkline.serving.asked import Asked, made
from trunkline.serving.decoders import Decoders
from trunkline.serving.job import Job, Settled
from trunkline.serving.once import Once
from trunkline.serving.queue import JobQueue
from trunkline.serving.reader import StatesReader
from trunkline.serving.state_cache import Tier
from trunkline.serving.stats import Stats
from trunkline.serving.terms import Terms
from trunkline.serving.unit import Audience, Unit
from trunkline.serving.worker import Worker
from trunkline.settings import Settings
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.trunk.windows import cut

log = logging.getLogger(__name__)


class Lane:
    """A loaded trunk with everything that waits for it and runs on it."""

    def __init__(self, stem: Stem, tokenizer: Tokenizer, settings: Settings, stats: Stats, decoders: Decoders) -> None:
        self.stem = stem
        self.tokenizer = tokenizer
        self.queue = JobQueue(stem.info.name, settings)
        self.stats = stats
        self._worker = Worker(stem, tokenizer.pad_id, self.queue, stats, decoders, settings)
        self._calibrated: Once[None, bool] = Once()

    @property
    def info(self) -> TrunkInfo:
        return self.stem.info

    @property
    def alive(self) -> bool:
        return self._worker.alive

    @property
    def state_cache_bytes(self) -> int:
        return self._worker.state_cache_bytes

    @property
    def fused_bytes(self) -> int:
        return self._worker.fused_bytes

    def attach(self, tier: Tier) -> None:
        """Look for the states of a text in `tier` too, before the stem computes them."""
        self._worker.attach(tier)

    def detach(self, tier: Tier) -> None:
        self._worker.detach(tier)

    def calibrate(self, layer: int) -> None:
        """Measure once what passes cost, on the way to a layer that is in use; what fails is logged and left out."""

        def measured() -> bool:
            try:
                if layer:
                    self._worker.calibrate(layer)
            except Exception:
                log.warning("the passes of trunk %s could not be timed", self.info.name, exc_info=True)
            return True

        self._calibrated.future(None, measured).result()

    def submit(self, calls: Sequence[Asked], terms: Terms) -> list[Job]:
        """Tokenise, and queue all of `calls` at once, in places that the queue reserved; gives each call's job.

        Raises `Overloaded`, `EngineStopped`, `InvalidInput`.
        """
        try:
            jobs, units = made(calls, terms, self.tokenizer)
        except BaseException:
            self.queue.release(sum(len(inputs) for _, inputs in calls))
            raise
        for job in jobs:
            job.listeners.append(self._record)
        self.queue.put(units)
        return jobs

    def probe(self, seconds: float) -> bool:
        """Send an empty text through queue, worker and stem, before all others; tells whether it came back in time."""
        if not self.alive:
            return False
        [encoded] = self.tokenizer.encode([EncoderInput("")])
        windows = cut(encoded, self.tokenizer)
        tokens = sum(map(len, windows))
        job = Job(StatesReader((0,)), [tokens], monotonic() + seconds)
        ended = Event()
        job.listen(lambda *_: ended.set())
        try:
            self.queue.put_first(Unit(Audience([job], [range(1)]), 0, encoded, windows, tokens))
        except EngineStopped:
            return False
        return ended.wait(seconds) and job.error is None

    def close(self, drain: bool = True) -> None:
        """Take no more, answer what waits (or fail it, without `drain`), end the worker."""
        if drain:
            self.queue.close()
        for job in [] if drain else self.queue.abandon():
            job.fail(EngineStopped("the engine was stopped before the request was computed; ask again"))
        self._worker.join()

    def _record(self, job: Job, settled: Settled) -> None:
        if job.cancelled or job.error is not None:
            self.stats.failed(job.reader.label, settled.inputs, cancelled=job.cancelled)
        else:
            self.stats.answered(job.reader.label, monotonic() - job.born, settled.inputs)
