"""A second event loop on a thread of its own, where requests that take much work wait for nobody and hold up nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from threading import Lock, Thread
from typing import Any, TypeVar

Result = TypeVar("Result")


class Siding:
    """Runs coroutines away from the web loop, which stays free to say that the server lives.

    The thread starts with the first of them and ends with the process.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = Lock()

    async def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Await `work` as if it ran here: what it raises is raised, and cancelling cancels it."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._started()))

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = type(asyncio.get_running_loop())()  # of the web loop's kind, which may be a faster one
                Thread(target=self._loop.run_forever, name="trunkline-siding", daemon=True).start()
            return self._loop
