"""One trunk at work: its tokenizer, its queue and its worker."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial
from time import monotonic
from typing import Any

from trunkline.backends.backend import Stem
from trunkline.errors import EngineStopped
from trunkline.records import TrunkInfo
from trunkline.serving.job import Job
from trunkline.serving.queue import JobQueue
from trunkline.serving.reader import Reader, StatesReader
from trunkline.serving.stats import Stats
from trunkline.serving.worker import Worker
from trunkline.settings import Settings
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.trunk.windows import Window, cut

Asked = tuple[Reader, Sequence[EncoderInput]]  # what one caller asks of one reader


class Lane:
    """A loaded trunk with everything that waits for it and runs on it."""

    def __init__(self, stem: Stem, tokenizer: Tokenizer, settings: Settings, stats: Stats, decoders: Executor) -> None:
        self.stem = stem
        self.tokenizer = tokenizer
        self.queue = JobQueue(stem.info.name, settings)
        self.stats = stats
        self._worker = Worker(stem, tokenizer.pad_id, self.queue, stats, decoders, settings.batch_tokens)

    @property
    def info(self) -> TrunkInfo:
        return self.stem.info

    @property
    def alive(self) -> bool:
        return self._worker.alive

    def submit(self, calls: Sequence[Asked], deadline: float = math.inf) -> list[list[Job]]:
        """Tokenise, and queue all of `calls` at once, in places that the queue reserved.

        Returns each call's jobs in its inputs' order. Equal inputs are planned together.
        Raises `Overloaded`, `EngineStopped`, `InvalidInput`.
        """
        try:
            jobs = self._jobs(calls, deadline)
        except BaseException:
            self.queue.release(sum(len(inputs) for _, inputs in calls))
            raise
        units: dict[EncoderInput, list[Job]] = {}
        for job in (job for of_call in jobs for job in of_call):
            units.setdefault(job.encoded.source, []).append(job)
            job.future.add_done_callback(partial(self._record, job))
        self.queue.put(list(units.values()))
        return jobs

    def probe(self, seconds: float) -> bool:
        """Send an empty text through queue, worker and stem, before all others; tells whether it came back in time."""
        if not self.alive:
            return False
        [encoded] = self.tokenizer.encode([EncoderInput("")])
        job = Job(StatesReader((0,)), encoded, cut(encoded, self.tokenizer), monotonic() + seconds)
        try:
            self.queue.put_first(job)
            job.future.result(seconds)
        except Exception:  # whatever it is, it is no answer
            return False
        return True

    def close(self, drain: bool = True) -> None:
        """Take no more, answer what waits (or fail it, without `drain`), end the worker."""
        if drain:
            self.queue.close()
        for job in [] if drain else self.queue.abandon():
            job.fail(EngineStopped("the engine was stopped before the request was computed; ask again"))
        self._worker.join()

    def _jobs(self, calls: Sequence[Asked], deadline: float) -> list[list[Job]]:
        distinct = list(dict.fromkeys(source for _, inputs in calls for source in inputs))
        encoded = dict(zip(distinct, self.tokenizer.encode(distinct), strict=True))
        for reader, inputs in calls:
            reader.admit([encoded[source] for source in inputs])
        windows: dict[EncoderInput, list[Window]] = {
            source: cut(whole, self.tokenizer) for source, whole in encoded.items()
        }
        born = monotonic()
        return [
            [Job(reader, encoded[source], windows[source], deadline, born) for source in inputs]
            for reader, inputs in calls
        ]

    def _record(self, job: Job, future: Any) -> None:
        if future.cancelled():
            self.stats.failed(job.reader.label, cancelled=True)
        elif future.exception() is not None:
            self.stats.failed(job.reader.label, cancelled=False)
        else:
            self.stats.answered(job.reader.label, monotonic() - job.born)
