"""What `auto` does for a minute when it runs for the first time, told at the terminal."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from trunkline.cli.progress import TerminalProgress

CHOOSING = "trunkline.backends.auto"
TIMING = "trunkline.backends.timing"


class _Told(logging.Handler):
    """Tells of measurements, and of the choice that follows one; a choice by what is remembered is no news."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._measured = False

    def emit(self, record: logging.LogRecord) -> None:
        self._measured = self._measured or record.name == TIMING
        if self._measured:
            TerminalProgress().say(record.getMessage())


@contextmanager
def choosing_told() -> Iterator[None]:
    """Tell on standard error what is measured meanwhile."""
    loggers = [logging.getLogger(name) for name in (TIMING, CHOOSING)]
    before, handler = [logger.level for logger in loggers], _Told()
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
