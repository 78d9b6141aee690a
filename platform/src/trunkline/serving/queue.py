"""What waits for one trunk: bounded in requests and in tokens, so that overload is told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from threading import Condition
from time import monotonic
from typing import Any

from trunkline.errors import EngineStopped, InvalidInput, Overloaded
from trunkline.serving.job import Job, Settled, Urgency
from trunkline.serving.unit import Input, Unit, jobs_of
from trunkline.serving.waiting import Waiting
from trunkline.settings import Settings


class JobQueue:
    """Units by priority, then by deadline. What is accepted counts until it is settled, waiting or not. Thread-safe."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.max_requests = settings.queue_requests
        self.max_tokens = settings.queue_tokens
        self.requests = 0  # reserved, waiting or being computed
        self.tokens = 0  # waiting or being computed
        self.tokens_per_second = 0.0  # of late, as the worker measured; 0: not known yet
        self._waiting = Waiting()
        self._errands: list[tuple[Callable[[], Any], Future[Any]]] = []
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
        """Accept all of `units`, which are whole jobs, or none, in places reserved for them.

        Raises `Overloaded`, `EngineStopped`, `InvalidInput`; then the places are given back.
        """
        jobs = jobs_of(units)
        tokens = sum(job.total.tokens for job in jobs)
        with self._changed:
            try:
                self._check_room(tokens)
            except BaseException:
                self.requests -= sum(job.inputs for job in jobs)
                raise
            self._accept(units, jobs, tokens)

    def put_first(self, unit: Unit) -> None:
        """Accept one unit before all others, however full the queue is: for probes."""
        with self._changed:
            self._check_open()
            self.requests += 1
            self._accept([unit], unit.audience.jobs, unit.tokens, first=True)

    def errand(self, work: Callable[[], Any]) -> Future[Any]:
        """Let the thread that takes jobs do `work` between two of them. Raises `EngineStopped`."""
        done: Future[Any] = Future()
        with self._changed:
            self._check_open()
            self._errands.append((work, done))
            self._changed.notify_all()
        return done

    def take(self, tokens: int, patience: float = 0.0, idle: float | None = None) -> list[Unit] | None:
        """Wait for units and take about `tokens` of them, at least one; None once closed and empty.

        Nothing is taken where none comes for `idle` seconds. Where fewer wait than are wanted, others have `patience`
        seconds to come, or half of what the first deadline leaves. What nobody waits for is dropped on the way.
        """
        while True:
            self._run_errands()
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed or self._errands, idle)
                if self._errands:
                    continue
                if not self._waiting:
                    return None if self._closed else []
                if patience and self._waiting.tokens < tokens:
                    seconds = min(patience, max(0.0, self._waiting.soonest - monotonic()) / 2)
                    self._changed.wait_for(lambda: self._waiting.tokens >= tokens or self._closed, seconds)
                taken = list(self._waiting.pop(tokens))
            if wanted := _wanted(taken):
                return wanted

    def overtaking(self, planned: Urgency, tokens: int) -> list[Unit]:
        """Take about `tokens` of those that are more urgent than what was planned; does not wait."""
        if not self._waiting:
            return []
        with self._changed:
            taken = list(self._waiting.pop(tokens, planned))
        return _wanted(taken)

    def join(self, sources: Iterable[Input]) -> list[Unit]:
        """Take besides the units that wait for inputs equal to these, which are about to be computed."""
        if not self._waiting:
            return []
        with self._changed:
            taken = [unit for source in sources for unit in self._waiting.pop_equal(source)]
        return _wanted(taken)

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
        """Close, and give back the jobs of everything that waits."""
        with self._changed:
            self._closed = True
            left = list(self._waiting.pop(None))
            errands, self._errands = self._errands, []
            self._changed.notify_all()
        for _, done in errands:
            done.cancel()
        return jobs_of(left)

    def _run_errands(self) -> None:
        with self._changed:
            errands, self._errands = self._errands, []
        for work, done in errands:
            try:
                done.set_result(work())
            except Exception as error:
                done.set_exception(error)

    def _accept(self, units: Sequence[Unit], jobs: Iterable[Job], tokens: int, first: bool = False) -> None:
        self.tokens += tokens
        for job in jobs:
            job.listeners.insert(0, self._settled)
        self._waiting.add(units, first)
        self._changed.notify_all()

    def _settled(self, _: Job, settled: Settled) -> None:
        with self._changed:
            self.requests -= settled.inputs
            self.tokens -= settled.tokens

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


def _wanted(units: Sequence[Unit]) -> list[Unit]:
    """Leave out those that nobody waits for."""
    audiences = {id(unit.audience): unit.audience for unit in units}
    left = {key for key, audience in audiences.items() if audience.wanted()}
    return [unit for unit in units if id(unit.audience) in left]
