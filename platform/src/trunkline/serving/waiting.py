"""The order in which units wait: by priority, then by deadline, then by arrival."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import count

from trunkline.serving.job import Urgency
from trunkline.serving.unit import Input, Unit

_Place = tuple[float, float, int]  # less is sooner


class Waiting:
    """Units that nobody has taken; not thread-safe by itself."""

    def __init__(self) -> None:
        self.tokens = 0  # to be computed
        self._lines: list[tuple[_Place, deque[Unit]]] = []  # a heap of what came together and is equally urgent
        self._of_input: dict[Input, list[Unit]] = {}  # those that nobody has taken
        self._taken: set[int] = set()  # ids of units taken out of turn, which still stand in line
        self._arrivals = count()

    def __bool__(self) -> bool:
        return bool(self._of_input)

    @property
    def soonest(self) -> float:
        """The deadline of what comes first; there must be something."""
        return self._lines[0][0][1]

    def add(self, units: Sequence[Unit], first: bool = False) -> None:
        """Let the units of one request wait, behind what is as urgent; or `first` of all."""
        together: dict[Urgency, deque[Unit]] = {}
        for unit in units:
            together.setdefault(unit.urgency, deque()).append(unit)
            self._of_input.setdefault(unit.input, []).append(unit)
            self.tokens += unit.tokens
        for (priority, deadline), line in together.items():
            place = (-math.inf if first else priority, deadline, next(self._arrivals))
            heapq.heappush(self._lines, (place, line))

    def pop(self, tokens: int | None, before: Urgency | None = None) -> Iterator[Unit]:
        """Take units from the front until they have `tokens`, at least one; None: all of them.

        With `before`, only those that are more urgent.
        """
        taken = 0
        while self._lines and (tokens is None or taken == 0 or taken < tokens):
            place, line = self._lines[0]
            if before is not None and place[:2] >= before:
                return
            if not line:
                heapq.heappop(self._lines)
                continue
            unit = line.popleft()
            if id(unit) in self._taken:
                self._taken.remove(id(unit))
                continue
            others = self._of_input[unit.input]
            others.remove(unit)
            if not others:
                del self._of_input[unit.input]
            self.tokens -= unit.tokens
            taken += unit.tokens
            yield unit

    def pop_equal(self, source: Input) -> list[Unit]:
        """Take every unit of this input, wherever it waits."""
        found = self._of_input.pop(source, [])
        for unit in found:
            self._taken.add(id(unit))
            self.tokens -= unit.tokens
        return found
