"""Leaving out rows that cannot be used: never in silence."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from trunkline.errors import DataError
from trunkline.progress import Progress, Silent

log = logging.getLogger(__name__)


class Logged(Silent):
    """Tells lines to Python's logging, for callers who want bad rows left out and listen to no progress."""

    def say(self, line: str) -> None:
        log.log(logging.WARNING if line.startswith("warning: ") else logging.INFO, "%s", line)


def told(progress: Progress, name: str, rows: int, problems: Sequence[str]) -> None:
    """Tell how many rows of `name` are left out, and what is wrong with the first of them."""
    few = DataError(problems)
    progress.say(f"warning: {name}: {rows} row(s) cannot be used and are left out:\n{few}")
