"""How long work tells where it is, without knowing who listens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Progress(Protocol):
    """What long work reports to: a progress bar at the terminal, nothing in a notebook's cell."""

    def track(self, description: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        """Open a bar of `total` steps; call what it gives with the number of steps just done."""
        ...

    def say(self, line: str) -> None:
        """Tell one line: an estimate, a warning, a result on the way."""
        ...


class Tenths:
    """Tells in lines how far long work is, for those who see no bar: each tenth, but not more often than `every`."""

    every = 5.0  # seconds

    def __init__(self, progress: Progress, description: str, total: int, done: int = 0) -> None:
        self._progress, self._description, self._total = progress, description, total
        self._told, self._at = self._tenth(done), time.monotonic()

    def reached(self, done: int, what: str) -> None:
        """Say that `done` of the total are behind, and `what` that is, where another tenth is full."""
        tenth, now = self._tenth(done), time.monotonic()
        if self._told < tenth < 10 and now - self._at >= self.every:
            self._progress.say(f"{self._description}: {10 * tenth} %, {what}")
            self._told, self._at = tenth, now

    def _tenth(self, done: int) -> int:
        return 10 * done // max(1, self._total)


class Silent:
    """Listens to nothing."""

    @contextmanager
    def track(self, description: str, total: int) -> Iterator[Callable[[int], None]]:
        yield lambda steps: None

    def say(self, line: str) -> None:
        return None
