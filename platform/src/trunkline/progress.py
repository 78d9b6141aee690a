"""How long work tells where it is, without knowing who listens."""

from __future__ import annotations

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


class Silent:
    """Listens to nothing."""

    @contextmanager
    def track(self, description: str, total: int) -> Iterator[Callable[[int], None]]:
        yield lambda steps: None

    def say(self, line: str) -> None:
        return None
