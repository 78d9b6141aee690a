"""The outputs of an input's windows, brought together from the passes that they came in."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import partial

from trunkline.contract.head_task import Outputs
from trunkline.errors import TrunklineError
from trunkline.serving.job import Job
from trunkline.serving.planner import Piece
from trunkline.serving.reader import Computed, Reader
from trunkline.serving.reading import Outcome

log = logging.getLogger(__name__)
Complete = tuple[Job, Computed]


class Gathering:
    """Collects outcomes, and answers a job once all windows of its input are there; used by one thread."""

    def __init__(self, spawn: Callable[[Hashable, Callable[[], None]], object]) -> None:
        """`spawn` runs the decoding of one reader's jobs elsewhere. It may raise, which fails those jobs."""
        self._spawn = spawn
        self._parts: dict[tuple[int, Hashable], dict[int, Outputs]] = {}
        self._complete: dict[Hashable, list[Complete]] = {}

    def take(self, outcomes: Iterable[Outcome]) -> None:
        """Add outcomes of a pass, and let the jobs that are complete be decoded.

        A reader's by one call: to hand over thousands of small jobs one by one would cost more than to decode them.
        """
        for outcome in outcomes:
            self._add(outcome)
        found, self._complete = self._complete, {}
        for key, complete in found.items():
            try:
                self._spawn(key, partial(_decode_all, complete))
            except TrunklineError as error:
                for job, _ in complete:
                    job.fail(twin(error))

    def _add(self, outcome: Outcome) -> None:
        piece, reader = outcome.row.piece, outcome.reader
        if isinstance(outcome.outputs, Exception):
            self.fail(piece, outcome.outputs, reader)
            return
        if len(piece.windows) == 1:
            self._finish(piece, reader, [outcome.outputs])
            return
        parts = self._parts.setdefault((id(piece), reader.key), {})
        parts[outcome.row.index] = outcome.outputs
        if len(parts) == len(piece.windows):
            del self._parts[id(piece), reader.key]
            self._finish(piece, reader, [parts[index] for index in range(len(parts))])

    def _finish(self, piece: Piece, reader: Reader, parts: Sequence[Outputs]) -> None:
        jobs = _jobs(piece, reader)
        computed = Computed(jobs[0].encoded, piece.windows, parts)
        self._complete.setdefault(reader.key, []).extend((job, computed) for job in jobs)

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


def _jobs(piece: Piece, reader: Reader | None) -> Sequence[Job]:
    return list(piece.all_jobs()) if reader is None else piece.jobs[reader.key]


def _decode_all(complete: list[Complete]) -> None:
    """Decode all at once; where that fails, one by one, so that only those fail that must."""
    wanted = [(job, computed) for job, computed in complete if job.wanted()]
    complete.clear()  # outputs can be large: what nobody waits for is let go
    if not wanted:
        return
    try:
        answers = wanted[0][0].reader.finish([computed for _, computed in wanted])
    except Exception as error:
        if len(wanted) > 1:
            for one in wanted:
                _decode_all([one])
        else:
            wanted[0][0].fail(told(error, wanted[0][0].reader.label))
        return
    for (job, _), answer in zip(wanted, answers, strict=True):
        job.answer(answer)
