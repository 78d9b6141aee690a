"""One trunk at work: its tokenizer, its queue and its worker."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from threading import Event
from time import monotonic

from trunkline.backends.backend import Stem
from trunkline.errors import EngineStopped
from trunkline.records import TrunkInfo
from trunkline.serving.decoders import Decoders
from trunkline.serving.job import Job, tokens_of
from trunkline.serving.once import Once
from trunkline.serving.queue import JobQueue
from trunkline.serving.reader import Reader, StatesReader
from trunkline.serving.stats import Stats
from trunkline.serving.terms import Terms
from trunkline.serving.worker import Worker
from trunkline.settings import Settings
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.trunk.windows import cut

log = logging.getLogger(__name__)
Asked = tuple[Reader, Sequence[EncoderInput]]  # what one caller asks of one reader


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

    def submit(self, calls: Sequence[Asked], terms: Terms) -> list[list[Job]]:
        """Tokenise, and queue all of `calls` at once, in places that the queue reserved.

        Returns each call's jobs in its inputs' order. Equal inputs are planned together.
        Raises `Overloaded`, `EngineStopped`, `InvalidInput`.
        """
        try:
            jobs = self._jobs(calls, terms)
        except BaseException:
            self.queue.release(sum(len(inputs) for _, inputs in calls))
            raise
        units: dict[int, list[Job]] = {}  # of what was encoded: equal inputs share it
        for of_call in jobs:
            Job.watch(of_call, self._record, first=True)
            for job in of_call:
                units.setdefault(id(job.encoded), []).append(job)
        self.queue.put(list(units.values()))
        return jobs

    def probe(self, seconds: float) -> bool:
        """Send an empty text through queue, worker and stem, before all others; tells whether it came back in time."""
        if not self.alive:
            return False
        [encoded] = self.tokenizer.encode([EncoderInput("")])
        job = Job(StatesReader((0,)), encoded, cut(encoded, self.tokenizer), monotonic() + seconds)
        ended = Event()
        job.when_ended(lambda _: ended.set())
        try:
            self.queue.put_first(job)
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

    def _jobs(self, calls: Sequence[Asked], terms: Terms) -> list[list[Job]]:
        distinct = list(dict.fromkeys(source for _, inputs in calls for source in inputs))
        whole = self.tokenizer.encode(distinct)
        read = whole if terms.max_tokens is None else [one.first(terms.max_tokens) for one in whole]
        encoded = dict(zip(distinct, read, strict=True))
        contents = [[encoded[source] for source in inputs] for _, inputs in calls]
        for (reader, _), of_call in zip(calls, contents, strict=True):
            reader.admit(of_call)
        windows = {id(content): cut(content, self.tokenizer) for content in read}
        tokens = {content: tokens_of(of_content) for content, of_content in windows.items()}
        born = monotonic()
        return [
            [
                Job(reader, content, windows[key], terms.deadline, terms.priority, born, tokens[key])
                for content in of_call
                if (key := id(content))
            ]
            for (reader, _), of_call in zip(calls, contents, strict=True)
        ]

    def _record(self, job: Job) -> None:
        if job.cancelled or job.error is not None:
            self.stats.failed(job.reader.label, cancelled=job.cancelled)
        else:
            self.stats.answered(job.reader.label, monotonic() - job.born)
