"""Many inputs at once from ordinary code: evaluation, the Python door, the command line."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future
from time import monotonic, sleep
from typing import Any, TypeVar

from trunkline.contract.inference import Answer
from trunkline.errors import DeadlineExceeded, EngineStopped, Overloaded
from trunkline.serving.deployment import Loaded
from trunkline.serving.dispatch import Ask, Dispatcher
from trunkline.serving.terms import PRIORITIES, Terms
from trunkline.settings import Settings
from trunkline.trunk.inputs import EncoderInput

Result = TypeVar("Result")
PIECE = 1024  # inputs queued at a time at most: enough to sort by length, few enough to hold


def predict_many(dispatcher: Dispatcher, ask: Ask, settings: Settings, seconds: float | None) -> Answer:
    """Predict any number of inputs, a part at a time; where the queue is full, wait for room.

    The version is found once and stays the same for all. Raises what the first failing input fails with, and
    `DeadlineExceeded` after `seconds`, if given.
    """
    deadline = math.inf if seconds is None else monotonic() + seconds
    with dispatcher.active():
        loaded = _result(dispatcher.locate(ask), deadline)
        return Answer(loaded.reader.label, _predictions(dispatcher, loaded, ask.inputs, settings, Terms(deadline)))


def read_many(
    dispatcher: Dispatcher, loaded: Loaded, inputs: Sequence[EncoderInput], settings: Settings
) -> Sequence[Any]:
    """Have a reader read any number of inputs when nothing else waits, however long that takes."""
    with dispatcher.active():
        return _predictions(dispatcher, loaded, inputs, settings, Terms(priority=PRIORITIES.index("low")))


def _predictions(
    dispatcher: Dispatcher, loaded: Loaded, inputs: Sequence[EncoderInput], settings: Settings, terms: Terms
) -> list[Any]:
    predictions: list[Any] = []
    ahead: list[Future[Answer]] = []
    try:
        for part in _parts(inputs, settings):
            ahead.append(_send(dispatcher, loaded, part, terms))
            if len(ahead) > 1:  # one part is computed while the next is tokenised
                predictions += _result(ahead[0], terms.deadline).predictions
                ahead.pop(0)
        for reply in ahead:
            predictions += _result(reply, terms.deadline).predictions
    finally:
        for reply in ahead:
            reply.cancel()  # without effect on those that have their answer
    return predictions


def _parts(inputs: Sequence[EncoderInput], settings: Settings) -> Iterator[Sequence[EncoderInput]]:
    """Cut inputs into parts that take no more than about a quarter of the queue."""
    most = max(1, min(PIECE, settings.queue_requests // 4))
    characters = settings.queue_tokens // 8  # a token is seldom less than half a character; windows overlap
    part: list[EncoderInput] = []
    size = 0
    for source in inputs:
        length = len(source.text) + len(source.pair or "")
        if part and (len(part) == most or size + length > characters):
            yield part
            part, size = [], 0
        part.append(source)
        size += length
    if part:
        yield part


def _send(dispatcher: Dispatcher, loaded: Loaded, inputs: Sequence[EncoderInput], terms: Terms) -> Future[Answer]:
    while True:
        try:
            return dispatcher.submit(loaded, inputs, terms).future
        except Overloaded:
            left = remaining(terms.deadline)
            sleep(0.05 if left is None else min(0.05, left))


def _result(future: Future[Result], deadline: float) -> Result:
    try:
        return future.result(remaining(deadline))
    except CancelledError:
        raise EngineStopped("the engine stopped before the answer") from None
    except TimeoutError:
        if future.done():
            raise
        raise DeadlineExceeded("no answer in time: send less at once, or allow more time") from None


def remaining(deadline: float) -> float | None:
    """Give the seconds until `deadline`, None for no end. Raises `DeadlineExceeded` where it has passed."""
    if deadline == math.inf:
        return None
    left = deadline - monotonic()
    if left <= 0:
        raise DeadlineExceeded("the deadline passed; allow more time")
    return left
