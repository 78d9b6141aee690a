"""The thread that keeps a deployment up to date with its catalog."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

log = logging.getLogger(__name__)
PATIENCE = 30.0  # seconds before a version that could not be loaded is tried again


class Refresher:
    """Calls `refresh` every `seconds`; more rarely while it tells that it is not complete."""

    def __init__(self, refresh: Callable[[], bool], seconds: float) -> None:
        self._refresh = refresh
        self._seconds = seconds
        self._stop = Event()
        self._thread = Thread(target=self._live, name="trunkline-refresh", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _live(self) -> None:
        pause = self._seconds
        told = False  # of a catalog out of reach: once, not every second
        while not self._stop.wait(pause):
            try:
                pause = self._seconds if self._refresh() else max(PATIENCE, self._seconds)
                told = False
            except Exception:
                if not told:
                    log.exception("the catalog cannot be read; what is loaded goes on answering")
                told = True
