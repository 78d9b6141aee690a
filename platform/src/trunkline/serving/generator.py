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
from trunkline.errors import EngineStopped, HeadHangs, Overloaded
from trunkline.serving.stats import Stats

log = logging.getLogger(__name__)
MOST = 16_384  # inputs that wait or are being written: of memories of 40 tokens and width 512, a GiB
LAST_STEP = 10.0  # seconds that whoever closes waits for a step
PATIENCE = 60.0  # seconds that one step may take before new requests are refused
AHEAD = 80
"""Inputs that a session is given at once: the 64 that the translators' writes in a step, and some to take the rows that
get free, several together. More would have a newcomer stand behind others of a large call."""


@dataclass(slots=True, eq=False)
class _Call:
    """What one caller waits for."""

    results: list[Any]
    left: int
    inputs: deque[tuple[int, Memory, Any]]  # those that the session was not given yet, each with its place
    future: Future[list[Any]] = field(default_factory=Future)


_Key = tuple[_Call, int]  # with the place among its results


class Generator:
    """Has a version's answers written, those of all callers together. Thread-safe.

    The session is given a few inputs at a time, of each call one in turn: a call of one input does not wait for all of
    a call of a thousand that came before it. Its thread is there while there is something to write; `close` ends it
    earlier.
    """

    def __init__(self, label: str, session: Generation, ahead: int = AHEAD, stats: Stats | None = None) -> None:
        """Give the session `ahead` inputs at once at most, and count in `stats` what is written."""
        self._label = label
        self._session = session
        self._stats = stats or Stats()
        self._ahead = ahead
        self._arrived: list[_Call] = []
        self._waiting = 0  # inputs of all callers
        self._closed = False
        self._since: float | None = None  # when the step that is under way began
        self._thread: Thread | None = None
        self._lock = Lock()
        # of its thread alone
        self._calls: set[_Call] = set()  # those that have not ended
        self._turns: deque[_Call] = deque()  # those with inputs that the session was not given, the next one first
        self._writing: set[_Key] = set()  # what the session was given

    def submit(self, memories: Sequence[Memory], prompts: Sequence[Any]) -> Future[list[Any]]:
        """Have an answer written to each memory; cancelling the future gives up on all of them.

        Raises `Overloaded` where too many wait, `HeadHangs` where a step does not end, `EngineStopped` once closed.
        """
        inputs = deque(zip(range(len(memories)), memories, prompts, strict=True))
        call = _Call([None] * len(inputs), len(inputs), inputs)
        if not inputs:
            call.future.set_result([])
            return call.future
        with self._lock:
            self._check(call.left)
            self._waiting += call.left
            self._stats.to_write(self._label, call.left)
            self._arrived.append(call)
            if self._thread is None:
                self._thread = Thread(target=self._live, name=f"trunkline-write-{self._label}", daemon=True)
                self._thread.start()
        return call.future

    def close(self, seconds: float = LAST_STEP) -> None:
        """Give up on what is left, and wait at most so many seconds for the step that is under way.

        A process that ended while an engine computed in a thread of it would crash.
        """
        with self._lock:
            self._closed, thread = True, self._thread
        if thread is not None:
            thread.join(seconds)

    @property
    def waiting(self) -> int:
        """How many inputs are not answered yet."""
        return self._waiting

    def _check(self, more: int) -> None:
        if self._closed:
            raise EngineStopped(f"the engine that wrote for {self._label} was stopped")
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
                finished = [(key, error) for key in self._writing]
            self._since = None
            for key, result in finished:
                self._settle(cast(_Key, key), result)

    def _admitted(self) -> bool:
        """Take newcomers in and let go of what nobody waits for; False where nothing is left, and the thread ends."""
        for call in [call for call in self._calls if call.future.cancelled()]:
            self._drop(call)
        if self._closed:
            self._give_up()
        with self._lock:
            arrived, self._arrived = self._arrived, []
            if not arrived and not self._calls:
                self._thread = None
                return False
        self._calls.update(arrived)
        self._turns.extend(arrived)
        self._top_up()
        return True

    def _give_up(self) -> None:
        with self._lock:
            arrived, self._arrived = self._arrived, []
        for call in (*self._calls, *arrived):
            with suppress(InvalidStateError):
                call.future.set_exception(EngineStopped(f"the engine that wrote for {self._label} was stopped"))
            self._drop(call)

    def _top_up(self) -> None:
        """Give the session what it has room for, one input of each call in turn."""
        while self._turns and len(self._writing) < self._ahead:
            call = self._turns.popleft()
            if call.future.cancelled():
                self._drop(call)
            if call.inputs:  # else it has ended meanwhile
                self._add(call, *call.inputs.popleft())
            if call.inputs:
                self._turns.append(call)

    def _add(self, call: _Call, place: int, memory: Memory, prompt: Any) -> None:
        key = (call, place)
        self._writing.add(key)
        try:
            self._session.add(key, memory, prompt)
        except Exception as error:
            self._settle(key, error)

    def _settle(self, key: _Key, result: Any) -> None:
        if key not in self._writing:
            return
        self._writing.remove(key)
        call, place = key
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
        call.inputs.clear()
        for key in [key for key in self._writing if key[0] is call]:
            self._writing.remove(key)
            self._session.remove(key)
        self._count(call.left, given_up=True)
        call.left = 0

    def _count(self, settled: int, *, given_up: bool = False) -> None:
        with self._lock:
            self._waiting -= settled
        self._stats.wrote(self._label, settled, given_up=given_up)
