"""The outputs of an input's windows, brought together from the passes that they came in."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable

from trunkline.contract.head_task import Outputs
from trunkline.errors import TrunklineError
from trunkline.serving.job import Job
from trunkline.serving.planner import Piece
from trunkline.serving.reader import Reader
from trunkline.serving.stem_pass import Outcome

log = logging.getLogger(__name__)


class Gathering:
    """Collects outcomes, and answers a job once all windows of its input are there; used by one thread."""

    def __init__(self, spawn: Callable[[Callable[[], None]], object]) -> None:
        """`spawn` runs the decoding of one pass's jobs elsewhere."""
        self._spawn = spawn
        self._parts: dict[tuple[int, Hashable], dict[int, Outputs]] = {}
        self._complete: list[tuple[Job, list[Outputs]]] = []

    def take(self, outcomes: Iterable[Outcome]) -> None:
        """Add the outcomes of one pass, and let the jobs that are complete be decoded.

        All by one call: to hand over thousands of small jobs one by one would cost more than to decode them.
        """
        for outcome in outcomes:
            self._add(outcome)
        if self._complete:
            complete, self._complete = self._complete, []
            self._spawn(lambda: _decode_all(complete))

    def _add(self, outcome: Outcome) -> None:
        piece, reader = outcome.row.piece, outcome.reader
        if isinstance(outcome.outputs, Exception):
            self.fail(piece, outcome.outputs, reader)
            return
        parts = self._parts.setdefault((id(piece), reader.key), {})
        parts[outcome.row.index] = outcome.outputs
        if len(parts) == len(piece.windows):
            del self._parts[id(piece), reader.key]
            ordered = [parts[index] for index in range(len(parts))]
            self._complete += [(job, ordered) for job in _jobs(piece, reader)]

    def fail(self, piece: Piece, error: Exception, reader: Reader | None = None) -> None:
        """Fail a piece's jobs: those of one reader, or all."""
        for job in _jobs(piece, reader):
            job.fail(told(error, job.reader.label))


def told(error: Exception, label: str) -> TrunklineError:
    """Turn any failure into one that may be shown: it names no part of the input."""
    if isinstance(error, TrunklineError):
        return twin(error)
    log.error("%s failed on an input", label, exc_info=error)
    shown = TrunklineError(f"{label} failed on this input ({type(error).__name__}); the log has the details")
    shown.__cause__ = error
    return shown


def twin(error: TrunklineError) -> TrunklineError:
    """Copy an error, so that each who gets it may add to its own."""
    other: TrunklineError = type(error).__new__(type(error), *error.args)
    other.__dict__.update(error.__dict__)
    other.__cause__ = error.__cause__
    return other


def _jobs(piece: Piece, reader: Reader | None) -> list[Job]:
    return [job for job in piece.jobs if reader is None or job.reader.key == reader.key]


def _decode_all(complete: list[tuple[Job, list[Outputs]]]) -> None:
    while complete:  # outputs can be large: what is decoded is let go
        _decode(*complete.pop(0))


def _decode(job: Job, parts: list[Outputs]) -> None:
    if not job.wanted():
        return
    try:
        job.answer(job.reader.finish(parts, job.windows, job.encoded))
    except Exception as error:
        job.fail(told(error, job.reader.label))
