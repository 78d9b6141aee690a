"""The thread that keeps a deployment up to date with its catalog."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic

log = logging.getLogger(__name__)
PATIENCE = 30.0  # seconds before a version that could not be loaded is tried again though nothing has changed


class Refresher:
    """Calls `refresh` every `seconds`, now and then asking it to try again what it could not do."""

    def __init__(self, refresh: Callable[[bool], bool], seconds: float) -> None:
        self._refresh = refresh
        self._seconds = seconds
        self._stop = Event()
        self._thread = Thread(target=self._live, name="trunkline-refresh", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _live(self) -> None:
        due = monotonic() + PATIENCE
        told = False  # of a catalog out of reach: once, not every second
        while not self._stop.wait(self._seconds):
            again = monotonic() >= due
            try:
                if self._refresh(again) or again:
                    due = monotonic() + PATIENCE
                told = False
            except Exception:
                if not told:
                    log.exception("the catalog cannot be read; what is loaded goes on answering")
                told = True
