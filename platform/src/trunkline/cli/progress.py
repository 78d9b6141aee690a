"""The progress of long work at the terminal: bars with an estimate of the time left, on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class TerminalProgress:
    """Bars where standard error is a terminal, else none; lines are told either way. Bars may nest."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self._bars: Progress | None = None

    @contextmanager
    def track(self, description: str, total: int) -> Iterator[Callable[[int], None]]:
        """Open a bar; it is removed when the work ends."""
        if not self.console.is_terminal:
            yield lambda steps: None
            return
        with self._shown() as bars:
            bar = bars.add_task(description, total=total)
            try:
                yield lambda steps: bars.advance(bar, steps)
            finally:
                bars.remove_task(bar)

    def say(self, line: str) -> None:
        """Print one line above the bars."""
        self.console.print(line, markup=False, soft_wrap=True)

    @contextmanager
    def _shown(self) -> Iterator[Progress]:
        if self._bars is not None:  # an inner bar joins the outer one's display
            yield self._bars
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.console, transient=True) as self._bars:
            try:
                yield self._bars
            finally:
                self._bars = None
