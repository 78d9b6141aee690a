"""What waits for one trunk: bounded in requests and in tokens, so that overload is told at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from threading import Condition
from typing import Any

from trunkline.errors import EngineStopped, InvalidInput, Overloaded
from trunkline.serving.job import Job
from trunkline.settings import Settings

Unit = Sequence[Job]  # jobs that are planned together: those of one group with equal inputs


class JobQueue:
    """Jobs in order of arrival. What is accepted counts until it is answered, waiting or not. Thread-safe."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.max_requests = settings.queue_requests
        self.max_tokens = settings.queue_tokens
        self.requests = 0  # reserved, waiting or being computed
        self.tokens = 0  # waiting or being computed
        self.tokens_per_second = 0.0  # of late, as the worker measured; 0: not known yet
        self._units: deque[Unit] = deque()
        self._closed = False
        self._changed = Condition()

    def reserve(self, requests: int) -> None:
        """Hold places for jobs that are still being made. Raises `Overloaded`, `EngineStopped`, `InvalidInput`."""
        if requests > self.max_requests:
            raise InvalidInput(f"{requests} inputs in one request; at most {self.max_requests} may wait: send fewer")
        with self._changed:
            self._check_open()
            if self.requests + requests > self.max_requests or self.tokens >= self.max_tokens:
                raise self._overloaded()
            self.requests += requests

    def release(self, requests: int) -> None:
        """Give back places that were reserved and not used."""
        with self._changed:
            self.requests -= requests

    def put(self, units: Sequence[Unit]) -> None:
        """Accept all of `units` or none, in places reserved for them.

        Raises `Overloaded`, `EngineStopped`, `InvalidInput`; then the places are given back.
        """
        jobs = [job for unit in units for job in unit]
        tokens = sum(job.tokens for job in jobs)
        with self._changed:
            try:
                self._check_room(tokens)
            except BaseException:
                self.requests -= len(jobs)
                raise
            self.tokens += tokens
            self._units.extend(units)
            self._changed.notify_all()

    def put_first(self, job: Job) -> None:
        """Accept one job before all others, however full the queue is: for probes."""
        with self._changed:
            self._check_open()
            self.requests += 1
            self.tokens += job.tokens
            self._units.appendleft([job])
            self._changed.notify_all()

    def take(self, tokens: int) -> list[Job] | None:
        """Wait for jobs and take about `tokens` of them, whole units, at least one; None once closed and empty.

        Jobs that nobody waits for are dropped on the way.
        """
        while True:
            with self._changed:
                while not self._units and not self._closed:
                    self._changed.wait()
                if not self._units:
                    return None
                taken = list(self._pop(tokens))
            for job in taken:
                job.future.add_done_callback(self._answered(job))
            wanted = [job for job in taken if job.wanted()]
            if wanted:
                return wanted

    def measured(self, tokens_per_second: float) -> None:
        """Take a pass's speed into the running mean, from which waiting times are told."""
        old = self.tokens_per_second
        self.tokens_per_second = 0.8 * old + 0.2 * tokens_per_second if old else tokens_per_second

    def close(self) -> None:
        """Accept nothing more; what waits may still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def abandon(self) -> list[Job]:
        """Close, and give back everything that waits."""
        with self._changed:
            self._closed = True
            left = [job for unit in self._units for job in unit]
            self._units.clear()
            self.requests -= len(left)
            self.tokens -= sum(job.tokens for job in left)
            self._changed.notify_all()
        return left

    def _pop(self, tokens: int) -> Iterable[Job]:
        taken = 0
        while self._units and (taken == 0 or taken < tokens):
            unit = self._units.popleft()
            taken += sum(job.tokens for job in unit)
            yield from unit

    def _answered(self, job: Job) -> Any:
        def forget(_: Future[Any]) -> None:
            with self._changed:
                self.requests -= 1
                self.tokens -= job.tokens

        return forget

    def _check_room(self, tokens: int) -> None:
        self._check_open()
        if tokens > self.max_tokens:
            raise InvalidInput(f"{tokens} tokens in one request; at most {self.max_tokens} may wait: send less text")
        if self.tokens + tokens > self.max_tokens:
            raise self._overloaded()

    def _check_open(self) -> None:
        if self._closed:
            raise EngineStopped(f"trunk {self.name} takes no more requests: its engine is stopping or has failed")

    def _overloaded(self) -> Overloaded:
        speed = self.tokens_per_second
        wait = min(60.0, max(1.0, self.tokens / speed)) if speed else 1.0
        return Overloaded(
            f"the queue of trunk {self.name} is full ({self.requests} of {self.max_requests} requests, "
            f"{self.tokens} of {self.max_tokens} tokens): try again in {wait:.0f} s",
            retry_after=wait,
        )
