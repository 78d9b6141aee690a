"""What comes back for one ask: a future of its job's answers."""

from __future__ import annotations

from concurrent.futures import Future, InvalidStateError
from contextlib import suppress

from trunkline.contract.inference import Answer
from trunkline.serving.job import Job, Settled


class Reply:
    """Its `future` gets the answer once the last input is answered, or the first error at once.

    However it ends, cancelled by its client too, what is left of the job is cancelled: nothing is computed for it.
    Thread-safe.
    """

    def __init__(self) -> None:
        self.future: Future[Answer] = Future()
        self.future.add_done_callback(self._drop)
        self._job: Job | None = None

    def expect(self, job: Job) -> None:
        """Take the job whose predictions are the answer."""
        self._job = job
        job.listen(self._settled)
        if self.future.done():  # its client went while the job was made
            self._drop(self.future)

    def fail(self, error: BaseException) -> None:
        """End with an error; nothing happens where it has ended already."""
        with suppress(InvalidStateError):
            self.future.set_exception(error)

    def _settled(self, job: Job, _: Settled) -> None:
        if not job.ended or job.cancelled:
            return
        if job.error is not None:
            self.fail(job.error)
            return
        with suppress(InvalidStateError):
            self.future.set_result(Answer(job.reader.label, job.answers()))

    def _drop(self, _: Future[Answer]) -> None:
        if self._job is not None:
            self._job.cancel()
