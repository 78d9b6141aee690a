"""Making each thing once, however many ask for it at the same time."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


def at_once(work: Callable[[], None]) -> None:
    """Run `work` in the caller's own thread."""
    work()


class Once(Generic[Key, Made]):
    """Things by key, each made by the first who asks; others wait for that one. Thread-safe.

    What could not be made is forgotten, so that the next who asks tries again.
    """

    def __init__(self, run: Callable[[Callable[[], None]], object] = at_once) -> None:
        self._run = run
        self._futures: dict[Key, Future[Made]] = {}
        self._lock = Lock()

    def future(self, key: Key, make: Callable[[], Made]) -> Future[Made]:
        """Give the future of `key`'s thing; never cancel it, others wait for it too."""
        with self._lock:
            known = self._futures.get(key)
            if known is not None:
                return known
            future = self._futures[key] = Future()
        try:
            self._run(lambda: self._fill(key, future, make))
        except BaseException as error:
            self._fail(key, future, error)
        return future

    def ready(self, key: Key) -> Made | None:
        """Give the thing if it is made already."""
        future = self._futures.get(key)
        if future is None or not future.done() or future.exception() is not None:
            return None
        return future.result()

    def made(self) -> dict[Key, Made]:
        """Give everything that is made by now."""
        with self._lock:
            keys = list(self._futures)
        found = {key: self.ready(key) for key in keys}
        return {key: thing for key, thing in found.items() if thing is not None}

    def forget(self, key: Key) -> None:
        """Let go of the thing; who has it may keep it."""
        with self._lock:
            self._futures.pop(key, None)

    def _fill(self, key: Key, future: Future[Made], make: Callable[[], Made]) -> None:
        try:
            made = make()
        except BaseException as error:
            self._fail(key, future, error)
        else:
            future.set_result(made)

    def _fail(self, key: Key, future: Future[Made], error: BaseException) -> None:
        with self._lock:
            if self._futures.get(key) is future:
                del self._futures[key]
        future.set_exception(error)
