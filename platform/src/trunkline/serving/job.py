"""A job: what one call asks of one reader, however many inputs it has."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any

from trunkline.errors import DeadlineExceeded
from trunkline.serving.reader import Reader

Urgency = tuple[float, float]  # priority, negative, then deadline: less is sooner
_SETTLING = Lock()
"""One for all jobs: it is held for a few assignments."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A part of a job that is over: so many of its inputs and tokens were answered, or will never be."""

    inputs: int
    tokens: int


Listener = Callable[["Job", Settled], object]


@dataclass(slots=True, eq=False)
class Job:
    """Distinct inputs of one call, by place, and what became of them. Thread-safe.

    Inputs are answered some at a time; the job ends with the last answer, with the first failure, or cancelled,
    whichever comes first. `deadline` and `born` are monotonic seconds. Its listeners are called whenever a part of it
    is settled, on the thread that settles it and in their order: bookkeepers come first, so that whoever gets the
    answer finds the books in order.
    """

    reader: Reader
    tokens: Sequence[int]  # of each input, in all its windows, special ones included
    deadline: float = math.inf
    priority: int = 0  # more is sooner
    born: float = field(default_factory=monotonic)
    asked: Sequence[int] | None = None  # the place of each input that the call has; None: every place once
    listeners: list[Listener] = field(default_factory=list)
    predictions: list[Any] = field(init=False)
    ended: bool = False
    cancelled: bool = False
    error: BaseException | None = None
    _unanswered: int = field(init=False)  # places
    _left: Settled = field(init=False)  # what is not settled
    _copies: list[int] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.predictions = [None] * len(self.tokens)
        self._unanswered = len(self.tokens)
        self._left = Settled(self.inputs, sum(self.tokens))
        self.ended = not self.tokens
        if self.asked is not None:
            self._copies = [0] * len(self.tokens)
            for place in self.asked:
                self._copies[place] += 1

    @property
    def total(self) -> Settled:
        """Give all that there is to settle."""
        return Settled(self.inputs, sum(self.tokens))

    @property
    def urgency(self) -> Urgency:
        return -self.priority, self.deadline

    @property
    def inputs(self) -> int:
        """How many inputs the call has, equal ones each counted."""
        return len(self.tokens) if self.asked is None else len(self.asked)

    def copies(self, place: int) -> int:
        """Tell how often the call has an input."""
        return 1 if self._copies is None else self._copies[place]

    def answers(self) -> list[Any]:
        """Give the predictions in the call's order, of a job that has them all."""
        return self.predictions if self.asked is None else [self.predictions[place] for place in self.asked]

    def wanted(self) -> bool:
        """Tell whether somebody still waits; fails the job where its deadline has passed."""
        if self.ended:
            return False
        if monotonic() < self.deadline:
            return True
        self.fail(DeadlineExceeded("the deadline passed before the request was computed; send less or allow more time"))
        return False

    def listen(self, listener: Listener) -> None:
        """Add the last listener; where the job has ended, call it now, with nothing settled."""
        with _SETTLING:
            if not self.ended:
                self.listeners.append(listener)
                return
        listener(self, Settled(0, 0))

    def answer(self, places: Sequence[int], predictions: Sequence[Any]) -> None:
        """Give some answers, each place's once; nothing happens where the job has ended."""
        with _SETTLING:
            if self.ended:
                return
            for place, prediction in zip(places, predictions, strict=True):
                self.predictions[place] = prediction
            self._unanswered -= len(places)
            self.ended = self._unanswered == 0
            settled = self._settle(places)
            listeners = self._told()
        for listener in listeners:
            listener(self, settled)

    def fail(self, error: BaseException) -> None:
        """Give the error, for all that is not answered; nothing happens where the job has ended."""
        self._end(error=error)

    def cancel(self) -> None:
        """Say that nobody waits any more; nothing happens where the job has ended."""
        self._end(cancelled=True)

    def _end(self, error: BaseException | None = None, cancelled: bool = False) -> None:
        with _SETTLING:
            if self.ended:
                return
            self.error, self.cancelled, self.ended = error, cancelled, True
            settled = self._left
            listeners = self._told()
        for listener in listeners:
            listener(self, settled)

    def _told(self) -> tuple[Listener, ...]:
        """Give those who are to be called; one that has ended calls nobody again, and holds nobody in memory."""
        listeners = tuple(self.listeners)
        if self.ended:
            self.listeners.clear()
        return listeners

    def _settle(self, places: Sequence[int]) -> Settled:
        """Tell what these places amount to; the rest is left."""
        settled = Settled(
            len(places) if self._copies is None else sum(self._copies[place] for place in places),
            sum([self.tokens[place] for place in places]),
        )
        self._left = Settled(self._left.inputs - settled.inputs, self._left.tokens - settled.tokens)
        return settled
