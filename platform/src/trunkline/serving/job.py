"""A job: one input, asked of one reader of one trunk."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any

from trunkline.errors import DeadlineExceeded
from trunkline.serving.reader import Reader
from trunkline.trunk.inputs import Encoded, EncoderInput
from trunkline.trunk.windows import Window

Input = tuple[EncoderInput, int]  # a text or pair, and how many of its tokens are read
Urgency = tuple[float, float]  # priority, negative, then deadline: less is sooner
_ENDING = Lock()
"""One for all jobs: it is held for a few assignments, and a lock a job would cost more than its answer."""


@dataclass(slots=True, eq=False)
class Job:
    """What is asked, and how it ended: answered, failed or cancelled, whichever comes first. Thread-safe.

    `deadline` and `born` are monotonic seconds. Lighter than a future, since a request may be thousands of them:
    nobody waits for a job, whoever wants to know is called.
    """

    reader: Reader
    encoded: Encoded
    windows: Sequence[Window]
    deadline: float = math.inf
    priority: int = 0  # more is sooner
    born: float = field(default_factory=monotonic)
    tokens: int = 0  # of all windows, special ones included; counted where the maker does not say
    ended: bool = False
    cancelled: bool = False
    prediction: Any = None
    error: BaseException | None = None
    _listeners: list[Callable[[Job], object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tokens = self.tokens or tokens_of(self.windows)

    @property
    def input(self) -> Input:
        """What is computed: jobs of equal inputs share their rows."""
        return self.encoded.source, len(self.encoded)

    @property
    def urgency(self) -> Urgency:
        return -self.priority, self.deadline

    def wanted(self) -> bool:
        """Tell whether somebody still waits; fails the job where its deadline has passed."""
        if self.ended:
            return False
        if monotonic() < self.deadline:
            return True
        self.fail(DeadlineExceeded("the deadline passed before the request was computed; send less or allow more time"))
        return False

    def when_ended(self, listener: Callable[[Job], object], *, first: bool = False) -> None:
        """Call `listener` once the job has ended, on the thread that ends it; now where it has. Bookkeepers go `first`:
        whoever gets the answer finds the books in order.
        """
        with _ENDING:
            if not self.ended:
                self._listeners.insert(0 if first else len(self._listeners), listener)
                return
        listener(self)

    @staticmethod
    def watch(jobs: Iterable[Job], listener: Callable[[Job], object], *, first: bool = False) -> None:
        """Have `listener` called for each of many jobs, as `when_ended` would."""
        ended = []
        with _ENDING:
            for job in jobs:
                if job.ended:
                    ended.append(job)
                else:
                    job._listeners.insert(0 if first else len(job._listeners), listener)
        for job in ended:
            listener(job)

    def answer(self, prediction: Any) -> None:
        """Give the answer; nothing happens where the job has ended."""
        self._end(prediction=prediction)

    def fail(self, error: BaseException) -> None:
        """Give the error; nothing happens where the job has ended."""
        self._end(error=error)

    def cancel(self) -> None:
        """Say that nobody waits any more; nothing happens where the job has ended."""
        self._end(cancelled=True)

    def _end(self, prediction: Any = None, error: BaseException | None = None, cancelled: bool = False) -> None:
        with _ENDING:
            if self.ended:
                return
            self.prediction, self.error, self.cancelled, self.ended = prediction, error, cancelled, True
            listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener(self)


def tokens_of(windows: Sequence[Window]) -> int:
    """Count the tokens of an input's windows, special ones included."""
    return sum([len(window.ids) for window in windows])
