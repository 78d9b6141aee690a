"""The thread that runs one trunk's passes."""

from __future__ import annotations

import gc
import logging
from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from threading import Lock, Thread
from time import monotonic

from trunkline.backends.backend import Stem
from trunkline.backends.linear import Stack
from trunkline.errors import EngineStopped
from trunkline.serving import costs
from trunkline.serving.costs import Costs
from trunkline.serving.decoders import Decoders
from trunkline.serving.fusions import Fusions
from trunkline.serving.gathering import Gathering
from trunkline.serving.joining import Joining
from trunkline.serving.pace import Pace
from trunkline.serving.planner import Batch, Row, plan
from trunkline.serving.queue import JobQueue
from trunkline.serving.reading import Outcome
from trunkline.serving.state_cache import Kept, StateCache, Tier
from trunkline.serving.stats import Stats
from trunkline.serving.stem_pass import Passes
from trunkline.serving.unit import Unit, jobs_of
from trunkline.settings import Settings
from trunkline.trunk.batch import TokenBatch
from trunkline.trunk.windows import pad

log = logging.getLogger(__name__)
BREATH = 0.02  # seconds without work after which the stem lets go of threads
REST = 5.0  # seconds without work after which a graph gives back what it took to compute
STACKS = 16  # sets of linear heads whose weights stay put together


class Worker:
    """Takes what is in the queue, plans it, runs it, hands outputs on to be decoded."""

    def __init__(
        self, stem: Stem, pad_id: int, queue: JobQueue, stats: Stats, decoders: Decoders, settings: Settings
    ) -> None:
        self.alive = True
        self._stem = stem
        self._pad_id = pad_id
        self._queue = queue
        self._stats = stats
        self._decoders = decoders
        self._pace = Pace.of(settings)
        self._costs = Costs()
        self._cache = StateCache(settings.state_cache_mib * 2**20)
        self._attaching = Lock()
        self._fusions = Fusions(stem, settings.fused_mib * 2**20, shows_all=bool(self._cache))
        self._paused = True
        self._awake = True  # something has memory to give back
        self._rested = monotonic()
        joining = Joining(stem, self._cache, pad_id, stats.ran)
        self._passes = Passes(stem, self._cache, lru_cache(maxsize=STACKS)(Stack), joining)
        self._thread = Thread(target=self._live, name=f"trunkline-{queue.name}", daemon=True)
        self._thread.start()

    def calibrate(self, layer: int) -> None:
        """Measure what passes up to `layer` cost, on the stem's own thread. Raises what the stem raises."""

        def measured() -> None:
            self._costs = costs.measure(self._stem, layer)
            self._paused = False

        self._queue.errand(measured).result()

    def attach(self, tier: Tier) -> None:
        """Look for states there too, where memory has none."""
        with self._attaching:
            self._cache.tiers = (*self._cache.tiers, tier)

    def detach(self, tier: Tier) -> None:
        with self._attaching:
            self._cache.tiers = tuple(one for one in self._cache.tiers if one is not tier)

    @property
    def state_cache_bytes(self) -> int:
        return self._cache.size

    @property
    def fused_bytes(self) -> int:
        """What graphs of trunk and models together take, about."""
        return self._fusions.size

    def join(self) -> None:
        """Wait until the closed queue is empty and its last pass has run."""
        self._thread.join()
        self._fusions.close()

    def _live(self) -> None:
        units: list[Unit] | None = []
        try:
            while (units := self._take()) is not None:
                if units:
                    self._work(units)
                units = []  # answers can be large: nothing idle holds them
                self._rest()
        except BaseException:
            self.alive = False
            log.critical("the worker of trunk %s died", self._queue.name, exc_info=True)
            for job in [*jobs_of(units or ()), *self._queue.abandon()]:
                job.fail(EngineStopped(f"the engine of trunk {self._queue.name} has failed; restart the server"))

    def _take(self) -> list[Unit] | None:
        idle = (REST if self._awake else None) if self._paused else BREATH
        units = self._queue.take(self._pace.tokens, self._pace.patience, idle)
        if not (units or self._paused):
            self._stem.pause()
            self._paused = True
        return units

    def _rest(self) -> None:
        """Now and then, let graphs that nobody asks for give memory back."""
        if monotonic() - self._rested < REST:
            return
        try:
            self._awake = self._stem.rest(REST)
        except Exception:
            log.warning("graphs of trunk %s keep their memory", self._queue.name, exc_info=True)
        self._rested = monotonic()

    def _work(self, units: list[Unit]) -> None:
        self._awake, self._paused = True, False
        gathering = Gathering(self._decoders.submit)
        batches = deque(self._planned(units))
        while batches:
            if urgent := self._queue.overtaking(batches[0].urgency, self._pace.tokens):
                units += urgent  # the caller's own list: whatever was taken fails with a worker that dies
                batches.extendleft(reversed(self._planned(urgent)))
            batch = batches.popleft()
            late = self._queue.join(batch.sources)
            units += late
            self._stats.merged(sum(unit.audience.asks(unit.number) for unit in late))
            self._pass(batch.joined(late) if late else batch, gathering)

    def _planned(self, units: list[Unit]) -> list[Batch]:
        most, multiple = self._pace.batch_tokens, self._stem.length_multiple
        batches = plan(units, most, self._costs, multiple, self._kept, self._fusions.find)
        asks = sum(unit.audience.asks(unit.number) for unit in units)
        self._stats.merged(asks - len({id(row.piece) for batch in batches for row in batch.rows}))
        return batches

    def _kept(self, row: Row) -> Kept | None:
        if not self._cache or not row.readership.keeps:
            return None
        return self._cache.get(row.window, row.readership.stops)

    def _pass(self, batch: Batch, gathering: Gathering, again: bool = False) -> None:
        """Run a batch; where the stem raises, split it until the input that it cannot bear is alone.

        One that ran out of memory alone is tried once more.
        """
        wanted = batch.narrowed()
        if wanted is None:
            return
        try:
            self._run(wanted, gathering)
        except Exception as error:
            self._stats.pass_failed()
            halves = wanted.halves()
            if not halves and out_of_memory(error) and not again:
                gc.collect()  # others may have let go of theirs meanwhile
                self._pass(wanted, gathering, again=True)
            elif not halves:
                gathering.fail(wanted.rows[0].piece, error)
            for half in halves:
                self._pass(half, gathering)

    def _run(self, batch: Batch, gathering: Gathering) -> None:
        windows = [row.window for row in batch.rows]
        tokens = pad(windows, self._pad_id, self._stem.length_multiple, self._stem.info.max_length)
        useful = sum(len(window) for window in windows)
        counted = False
        take = gathering.of(batch)
        started = monotonic()
        for outcomes in self._outcomes(batch, tokens):
            if not counted:  # before the first answer: whoever gets it finds the books in order
                counted = True
                self._count(batch, tokens, useful)
            take(outcomes)
        if not (batch.resumes or batch.joins):
            self._queue.measured(useful / max(monotonic() - started, 1e-6))

    def _outcomes(self, batch: Batch, tokens: TokenBatch) -> Iterator[list[Outcome]]:
        """Run a batch in one graph where its rows are all for one that there is, else piece by piece."""
        readership = batch.alike
        whole = None if readership is None else self._fusions.find(readership)
        if readership is None or whole is None:
            yield from self._passes.run(batch, tokens)
            return
        try:
            outcomes = self._passes.run_whole(batch, tokens, whole)
        except Exception:
            log.warning("the graph of %s failed: its pieces run instead", readership.labels, exc_info=True)
            yield from self._passes.run(batch, tokens)
            self._fusions.drop(readership)  # not where the pieces fail as well: then the input is to blame
        else:
            self._stats.fused()
            yield from outcomes

    def _count(self, batch: Batch, tokens: TokenBatch, useful: int) -> None:
        if batch.joins:
            self._stats.joined(tokens.rows)
        elif batch.resumes:
            self._stats.resumed(tokens.rows)
        else:
            self._stats.ran(tokens.rows, tokens.padded_tokens, useful)


def out_of_memory(error: BaseException) -> bool:
    """Tell whether memory ran out; engines in C++ say so in words alone."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(words in said for words in ("bad_alloc", "out of memory", "allocate"))
