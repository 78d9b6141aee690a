"""A version's decoder at work, on a thread of its own: a long answer delays nobody else's label."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock, Thread
from time import monotonic
from typing import Any, cast

from trunkline.contract.generation import Generation, Memory
from trunkline.errors import HeadHangs, Overloaded

log = logging.getLogger(__name__)
MOST = 16_384  # inputs that wait or are being written: of memories of 40 tokens and width 512, a GiB
PATIENCE = 60.0  # seconds that one step may take before new requests are refused


@dataclass(slots=True, eq=False)
class _Call:
    """What one caller waits for."""

    results: list[Any]
    left: int
    future: Future[list[Any]] = field(default_factory=Future)


_Key = tuple[_Call, int]  # with the place among its results


class Generator:
    """Has a version's answers written, those of all callers together. Thread-safe.

    Its thread is there while there is something to write, so nobody needs to close it.
    """

    def __init__(self, label: str, session: Generation) -> None:
        self._label = label
        self._session = session
        self._arrived: deque[tuple[_Key, Memory, Any]] = deque()
        self._calls: set[_Call] = set()  # those in the session; of its thread alone
        self._waiting = 0  # inputs of all callers
        self._since: float | None = None  # when the step that is under way began
        self._thread: Thread | None = None
        self._lock = Lock()

    def submit(self, memories: Sequence[Memory], prompts: Sequence[Any]) -> Future[list[Any]]:
        """Have an answer written to each memory; cancelling the future gives up on all of them.

        Raises `Overloaded` where too many wait, `HeadHangs` where a step does not end.
        """
        call = _Call([None] * len(memories), len(memories))
        with self._lock:
            self._check(len(memories))
            self._waiting += len(memories)
            pairs = zip(memories, prompts, strict=True)
            self._arrived.extend(((call, place), memory, prompt) for place, (memory, prompt) in enumerate(pairs))
            if self._thread is None:
                self._thread = Thread(target=self._live, name=f"trunkline-write-{self._label}", daemon=True)
                self._thread.start()
        return call.future

    @property
    def waiting(self) -> int:
        """How many inputs are not answered yet."""
        return self._waiting

    def _check(self, more: int) -> None:
        if self._waiting and self._waiting + more > MOST:
            raise Overloaded(
                f"{self._label} is writing {self._waiting} answers; it takes at most {MOST} at once: send less at "
                "once, or again later"
            )
        since = self._since
        if since is not None and monotonic() - since > PATIENCE:
            raise HeadHangs(
                f"{self._label} has been at one step for {monotonic() - since:.0f} s, and its requests are refused "
                "until then: put another version in its place"
            )

    def _live(self) -> None:
        while self._admitted():
            self._since = monotonic()
            try:
                finished = self._session.step()
            except Exception as error:
                log.exception("writing for %s failed", self._label)
                finished = [((call, 0), error) for call in self._calls]
            self._since = None
            for key, result in finished:
                self._settle(cast(_Key, key), result)

    def _admitted(self) -> bool:
        """Take newcomers in and let go of what nobody waits for; False where nothing is left, and the thread ends."""
        for call in [call for call in self._calls if call.future.cancelled()]:
            self._drop(call)
        with self._lock:
            arrived = [self._arrived.popleft() for _ in range(len(self._arrived))]
            if not arrived and not self._calls:
                self._thread = None
                return False
        for key, memory, prompt in arrived:
            self._add(key, memory, prompt)
        return True

    def _add(self, key: _Key, memory: Memory, prompt: Any) -> None:
        call, _ = key
        if call.future.done():  # given up, or another of its inputs failed
            if call.left:
                call.left -= 1
                self._count(1)
            return
        self._calls.add(call)
        try:
            self._session.add(key, memory, prompt)
        except Exception as error:
            self._settle(key, error)

    def _settle(self, key: _Key, result: Any) -> None:
        call, place = key
        if call not in self._calls:
            return
        if isinstance(result, Exception):
            with suppress(InvalidStateError):
                call.future.set_exception(result)
            self._drop(call)
            return
        call.results[place] = result
        call.left -= 1
        self._count(1)
        if call.left == 0:
            self._calls.discard(call)
            with suppress(InvalidStateError):
                call.future.set_result(call.results)

    def _drop(self, call: _Call) -> None:
        """Let go of what is left of a call."""
        self._calls.discard(call)
        for place in range(len(call.results)):
            self._session.remove((call, place))
        self._count(call.left)
        call.left = 0

    def _count(self, settled: int) -> None:
        with self._lock:
            self._waiting -= settled
