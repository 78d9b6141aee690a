"""What comes back for one ask: one future for all of its jobs."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from threading import Lock
from typing import Any

from trunkline.contract.inference import Answer
from trunkline.serving.job import Job
from trunkline.serving.reader import Reader


class Reply:
    """Its `future` gets the answer once the last job is done, or the first error at once.

    However it ends, cancelled by its client too, jobs that are left are cancelled: nothing is computed for them.
    Thread-safe.
    """

    def __init__(self) -> None:
        self.future: Future[Answer] = Future()
        self.future.add_done_callback(self._drop)
        self._label = ""
        self._jobs: Sequence[Job] = ()
        self._left = 0
        self._lock = Lock()

    def expect(self, reader: Reader, jobs: Sequence[Job]) -> None:
        """Take the jobs whose predictions, in this order, are the answer."""
        self._label = reader.label
        self._left = len(jobs)
        self._jobs = jobs
        if not jobs:
            self._answer([])
        Job.watch(jobs, self._one_ended)
        if self.future.done():  # its client went while the jobs were made
            self._drop(self.future)

    def fail(self, error: BaseException) -> None:
        """End with an error; nothing happens where it has ended already."""
        with suppress(InvalidStateError):
            self.future.set_exception(error)

    def _one_ended(self, job: Job) -> None:
        if job.cancelled:
            return
        if job.error is not None:
            self.fail(job.error)
            return
        with self._lock:
            self._left -= 1
            last = self._left == 0
        if last:
            self._answer([job.prediction for job in self._jobs])

    def _answer(self, predictions: list[Any]) -> None:
        with suppress(InvalidStateError):
            self.future.set_result(Answer(self._label, predictions))

    def _drop(self, _: Future[Answer]) -> None:
        for job in self._jobs:
            if not job.ended:
                job.cancel()
