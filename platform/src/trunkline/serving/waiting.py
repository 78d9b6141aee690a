"""The order in which jobs wait: by priority, then by deadline, then by arrival."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from itertools import count

from trunkline.serving.job import Input, Job, Urgency

Unit = Sequence[Job]  # jobs that are planned together: those of one group with equal inputs
_Place = tuple[float, float, int]  # less is sooner


class Waiting:
    """Units that nobody has taken; not thread-safe by itself."""

    def __init__(self) -> None:
        self.tokens = 0  # to be computed: jobs of equal inputs in one unit count once
        self._places: list[_Place] = []  # a heap; places whose unit has been taken stay until they come up
        self._units: dict[_Place, Unit] = {}
        self._of_input: dict[Input, list[_Place]] = {}
        self._arrivals = count()

    def __bool__(self) -> bool:
        return bool(self._units)

    @property
    def soonest(self) -> float:
        """The deadline of what comes first; there must be something."""
        return self._places[0][1]

    def add(self, unit: Unit, first: bool = False) -> None:
        """Let a unit wait, behind those before it; or `first` of all."""
        lead = min(unit, key=lambda job: job.urgency)
        place = (-math.inf if first else -lead.priority, lead.deadline, next(self._arrivals))
        heapq.heappush(self._places, place)
        self._units[place] = unit
        self._of_input.setdefault(lead.input, []).append(place)
        self.tokens += lead.tokens

    def pop(self, tokens: int | None, before: Urgency | None = None) -> Iterator[Job]:
        """Take whole units from the front until they have `tokens`, at least one; None: all of them.

        With `before`, only those that are more urgent.
        """
        taken = 0
        while self._units and (tokens is None or taken == 0 or taken < tokens):
            if before is not None and self._places[0][:2] >= before:
                return
            place = heapq.heappop(self._places)
            if place in self._units:
                unit = self._take(place)
                taken += unit[0].tokens
                yield from unit

    def pop_equal(self, source: Input) -> Iterator[Job]:
        """Take every unit of this input, wherever it waits."""
        for place in list(self._of_input.get(source, ())):
            yield from self._take(place)

    def _take(self, place: _Place) -> Unit:
        unit = self._units.pop(place)
        source = unit[0].input
        others = self._of_input[source]
        others.remove(place)
        if not others:
            del self._of_input[source]
        self.tokens -= unit[0].tokens
        return unit
