"""The thread that runs one trunk's passes."""

from __future__ import annotations

import logging
from concurrent.futures import Executor
from threading import Thread
from time import monotonic

from trunkline.backends.backend import Stem
from trunkline.errors import EngineStopped
from trunkline.serving.gathering import Gathering
from trunkline.serving.job import Job
from trunkline.serving.planner import Batch, merge, plan
from trunkline.serving.queue import JobQueue
from trunkline.serving.stats import Stats
from trunkline.serving.stem_pass import Outcome, run
from trunkline.trunk.windows import pad

log = logging.getLogger(__name__)
GULP = 8  # batches' worth of tokens planned at a time: more fill better, fewer keep late-comers waiting less


class Worker:
    """Takes what is in the queue, plans it, runs it, hands outputs on to be decoded."""

    def __init__(
        self, stem: Stem, pad_id: int, queue: JobQueue, stats: Stats, decoders: Executor, batch_tokens: int
    ) -> None:
        self.alive = True
        self._stem = stem
        self._pad_id = pad_id
        self._queue = queue
        self._stats = stats
        self._decoders = decoders
        self._batch_tokens = batch_tokens
        self._thread = Thread(target=self._live, name=f"trunkline-{queue.name}", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until the closed queue is empty and its last pass has run."""
        self._thread.join()

    def _live(self) -> None:
        jobs: list[Job] | None = []
        try:
            while (jobs := self._queue.take(GULP * self._batch_tokens)) is not None:
                self._work(jobs)
                jobs = []  # answers can be large: nothing idle holds them
        except BaseException:
            self.alive = False
            log.critical("the worker of trunk %s died", self._queue.name, exc_info=True)
            for job in [*(jobs or ()), *self._queue.abandon()]:
                job.fail(EngineStopped(f"the engine of trunk {self._queue.name} has failed; restart the server"))

    def _work(self, jobs: list[Job]) -> None:
        self._stats.merged(len(jobs) - len(merge(jobs)))
        gathering = Gathering(self._decoders.submit)
        for batch in plan(jobs, self._batch_tokens):
            self._pass(batch, gathering)

    def _pass(self, batch: Batch, gathering: Gathering) -> None:
        """Run a batch; where the stem raises, split it until the input that it cannot bear is alone."""
        wanted = batch.narrowed()
        if wanted is None:
            return
        try:
            outcomes = self._run(wanted)
        except Exception as error:
            self._stats.pass_failed()
            halves = wanted.halves()
            if not halves:
                gathering.fail(wanted.rows[0].piece, error)
            for half in halves:
                self._pass(half, gathering)
            return
        gathering.take(outcomes)

    def _run(self, batch: Batch) -> list[Outcome]:
        windows = [row.window for row in batch.rows]
        tokens = pad(windows, self._pad_id, self._stem.length_multiple, self._stem.info.max_length)
        started = monotonic()
        outcomes = run(self._stem, batch, tokens)
        useful = sum(len(row.window) for row in batch.rows)
        self._stats.ran(tokens.rows, tokens.padded_tokens, useful)
        self._queue.measured(useful / max(monotonic() - started, 1e-6))
        return outcomes
