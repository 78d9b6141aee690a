"""Where outputs are decoded: off the stem's thread, and so that a head that hangs holds up nobody else."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Condition, Event, Thread
from time import monotonic

from trunkline.errors import HeadHangs

log = logging.getLogger(__name__)
PATIENCE = 30.0  # seconds that one piece of a head's work may take before what comes after it is refused
SOON = 0.02  # seconds without any work begun after which what is ready gets a thread more
FAREWELL = 5.0  # seconds that `close` waits for each thread

Work = Callable[[], None]


@dataclass(slots=True, eq=False)
class _Line:
    """One head's work: a piece at a time, the rest in order."""

    head: Hashable
    waiting: deque[Work] = field(default_factory=deque)
    since: float | None = None  # when the piece that is being done was begun


class Decoders:
    """Runs each head's work in its own order, a piece of each head's in turn. Thread-safe.

    One thread does all of it while none takes long: more would only fight for the interpreter. Where all threads are
    held up, one more is made; it stays for the next time. They are daemons: a head that never comes back does not
    keep the process alive.
    """

    def __init__(self) -> None:
        self._lines: dict[Hashable, _Line] = {}
        self._ready: deque[_Line] = deque()
        self._begun = 0  # pieces
        self._idle = 0  # threads
        self._threads: list[Thread] = []
        self._changed = Condition()
        self._closed = Event()
        self._watch: Thread | None = None
        self._crowded = Event()  # something is ready and no thread is idle

    def submit(self, head: Hashable, work: Work) -> None:
        """Do `work` once the head's earlier work is done. Raises `HeadHangs` where that does not end."""
        with self._changed:
            line = self._lines.get(head)
            if line is not None:
                self._check(line)
                line.waiting.append(work)
                return
            line = self._lines[head] = _Line(head, deque([work]))
            self._ready.append(line)
            if not self._threads:
                self._start()
            elif self._idle:
                self._changed.notify()
            else:
                self._crowded.set()

    def close(self) -> None:
        """Finish what is in line; a head that hangs is left behind."""
        with self._changed:
            self._closed.set()
            self._crowded.set()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(FAREWELL)
        if self._watch is not None:
            self._watch.join(FAREWELL)

    def _check(self, line: _Line) -> None:
        if line.since is None:
            return
        seconds = monotonic() - line.since
        if seconds > PATIENCE:
            raise HeadHangs(
                f"{line.head} has been at one answer for {seconds:.0f} s, and its requests are refused until then: "
                "put another version in its place"
            )

    def _start(self) -> None:
        if self._watch is None:
            self._watch = Thread(target=self._watched, name="trunkline-decode-watch", daemon=True)
            self._watch.start()
        thread = Thread(target=self._live, name=f"trunkline-decode-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _live(self) -> None:
        while (line := self._next()) is not None:
            work = line.waiting.popleft()
            try:
                work()
            except Exception:
                log.exception("decoding for %s failed", line.head)
            del work  # outputs can be large: nothing idle holds them
            with self._changed:
                line.since = None
                if line.waiting:
                    self._ready.append(line)
                else:
                    del self._lines[line.head]

    def _next(self) -> _Line | None:
        """Take the line whose turn it is; None at the end."""
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._ready or self._closed.is_set())
            self._idle -= 1
            if not self._ready:
                return None
            line = self._ready.popleft()
            line.since = monotonic()
            self._begun += 1
            return line

    def _watched(self) -> None:
        """Start a thread wherever something is ready and nothing was begun for a while."""
        while self._crowded.wait() and not self._closed.is_set():
            begun = self._begun
            self._closed.wait(SOON)
            with self._changed:
                if not self._ready or self._idle:
                    self._crowded.clear()
                elif self._begun == begun:
                    self._start()
