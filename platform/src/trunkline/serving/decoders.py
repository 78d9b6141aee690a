"""Where outputs are decoded: off the stem's thread, and so that a head that hangs holds up nobody else."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Lock, Thread
from time import monotonic

from trunkline.errors import HeadHangs

log = logging.getLogger(__name__)
PATIENCE = 30.0  # seconds that one piece of a head's work may take before what comes after it is refused
FAREWELL = 5.0  # seconds that `close` waits for each thread

Work = Callable[[], None]


@dataclass(slots=True)
class _Line:
    """One head's work: a piece at a time, the rest in order."""

    head: Hashable
    waiting: deque[Work] = field(default_factory=deque)
    since: float = 0.0  # when the piece that is being done was begun


class Decoders:
    """Runs each head's work in its own order, and the work of different heads beside each other. Thread-safe.

    Threads are made as they are needed, one for each head that is at work, and used again. They are daemons: a head
    that never comes back does not keep the process alive.
    """

    def __init__(self) -> None:
        self._lines: dict[Hashable, _Line] = {}
        self._ready: SimpleQueue[_Line | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._idle = 0
        self._lock = Lock()

    def submit(self, head: Hashable, work: Work) -> None:
        """Do `work` once the head's earlier work is done. Raises `HeadHangs` where that does not end."""
        with self._lock:
            line = self._lines.get(head)
            if line is not None:
                self._check(line)
                line.waiting.append(work)
                return
            line = self._lines[head] = _Line(head, deque([work]), monotonic())
            if self._idle:
                self._idle -= 1
            else:
                self._start()
        self._ready.put(line)

    def close(self) -> None:
        """Finish what is in line; a head that hangs is left behind."""
        for _ in self._threads:
            self._ready.put(None)
        for thread in self._threads:
            thread.join(FAREWELL)

    def _check(self, line: _Line) -> None:
        seconds = monotonic() - line.since
        if seconds > PATIENCE:
            raise HeadHangs(
                f"{line.head} has been at one answer for {seconds:.0f} s, and its requests are refused until then: "
                "put another version in its place"
            )

    def _start(self) -> None:
        thread = Thread(target=self._live, name=f"trunkline-decode-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _live(self) -> None:
        while (line := self._ready.get()) is not None:
            while (work := self._next(line)) is not None:
                try:
                    work()
                except Exception:
                    log.exception("decoding for %s failed", line.head)
                del work  # outputs can be large: nothing idle holds them

    def _next(self, line: _Line) -> Work | None:
        with self._lock:
            if line.waiting:
                line.since = monotonic()
                return line.waiting.popleft()
            del self._lines[line.head]
            self._idle += 1
            return None
