"""A log counted request by request; what stays in memory is one hash for each distinct text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trunkline.estimate.shape import Shape


@dataclass(frozen=True, slots=True)
class Request:
    """One line of a log."""

    text: bytes  # a hash: equal for equal texts
    version: int  # its place among the shapes
    tokens: float  # that the trunk reads, special ones included
    time: float | None = None  # seconds since some fixed moment


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of one version."""

    shape: Shape
    requests: int
    tokens: float


@dataclass(frozen=True, slots=True)
class Traffic:
    """A whole log."""

    asked: tuple[Asked, ...]  # versions that were asked at all
    texts: int  # distinct ones
    several: int  # distinct texts that met more than one task
    passes: int  # of a stem, with sharing: as many as there would be rows of batches
    stems: Mapping[str, float]  # by trunk id: layers times tokens that shared stems run
    seconds: float | None  # from the first request to the last

    @property
    def requests(self) -> int:
        return sum(one.requests for one in self.asked)

    @property
    def tokens(self) -> float:
        return sum(one.tokens for one in self.asked)


class Tally:
    """Counts requests, in any order but for their times.

    The i-th requests of one text, one for each version that was asked about it so often, share pass i. So a pass
    runs its stem up to the highest fork among them, and a request adds to it the layers between the highest fork
    so far and its own. With times, requests that come more than `within` seconds after the first of their text begin
    anew: by then its pass has been run. Asking a version again about a text is another pass: no answers are kept.
    """

    def __init__(self, shapes: Sequence[Shape], within: float) -> None:
        self._shapes, self._within = shapes, within
        self._requests = [0] * len(shapes)
        self._tokens = [0.0] * len(shapes)
        self._stems: dict[str, float] = {}
        self._counts: dict[bytes, tuple[int, ...]] = {}  # by text: requests for each version, since its start
        self._tasks: dict[bytes, int] = {}  # by text: a bit for each task that it ever met
        self._starts: dict[bytes, float] = {}
        self._same: dict[tuple[int, ...], tuple[int, ...]] = {}  # equal counts are one object
        self._bits = {task: 1 << place for place, task in enumerate(dict.fromkeys(one.task for one in shapes))}
        self._passes = 0
        self._first: float | None = None
        self._last: float | None = None

    def add(self, request: Request) -> None:
        """Count one request."""
        shape, index = self._shapes[request.version], request.version
        counts = self._before(request)
        order = counts[index]  # of the pass that this request is in
        mates = [
            other.fork_layer
            for other, count in zip(self._shapes, counts, strict=True)
            if count > order and other.trunk_id == shape.trunk_id
        ]
        more = max(0, shape.fork_layer - max(mates, default=0))
        self._passes += not mates
        self._stems[shape.trunk_id] = self._stems.get(shape.trunk_id, 0.0) + more * request.tokens
        self._requests[index] += 1
        self._tokens[index] += request.tokens
        now = (*counts[:index], order + 1, *counts[index + 1 :])
        self._counts[request.text] = self._same.setdefault(now, now)
        self._tasks[request.text] = self._tasks.get(request.text, 0) | self._bits[shape.task]

    def traffic(self) -> Traffic:
        """Give what was counted so far."""
        asked = zip(self._shapes, self._requests, self._tokens, strict=True)
        return Traffic(
            asked=tuple(Asked(shape, requests, tokens) for shape, requests, tokens in asked if requests),
            texts=len(self._tasks),
            several=sum(tasks.bit_count() > 1 for tasks in self._tasks.values()),
            passes=self._passes,
            stems=dict(self._stems),
            seconds=None if self._first is None or self._last is None else self._last - self._first,
        )

    def _before(self, request: Request) -> tuple[int, ...]:
        """Give the counts of the request's text so far, none where its pass has been run by now."""
        none = (0,) * len(self._shapes)
        if request.time is None:
            return self._counts.get(request.text, none)
        self._first = request.time if self._first is None else min(self._first, request.time)
        self._last = request.time if self._last is None else max(self._last, request.time)
        start = self._starts.setdefault(request.text, request.time)
        if abs(request.time - start) <= self._within:
            return self._counts.get(request.text, none)
        self._starts[request.text] = request.time
        return none
