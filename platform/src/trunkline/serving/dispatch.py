"""From what a request asks to jobs in the queues of their trunks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition

import numpy as np
from numpy.typing import NDArray

from trunkline.errors import EngineStopped, InvalidInput, Overloaded, TrunklineError
from trunkline.records import TrunkInfo, Version
from trunkline.serving.asked import LISTS, read_by
from trunkline.serving.deployment import Deployment, Loaded
from trunkline.serving.gathering import told, twin
from trunkline.serving.lane import Lane
from trunkline.serving.reader import Reader
from trunkline.serving.reply import Reply
from trunkline.serving.stats import Stats
from trunkline.serving.terms import Terms
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.tokenizer import Tokenizer, check_text


@dataclass(frozen=True, slots=True)
class Ask:
    """What one call of the inference door wants: predictions of a model, or the states at some layers."""

    inputs: Sequence[EncoderInput]
    task: str | None = None
    model: str | None = None
    trunk: str | None = None
    layers: Sequence[int] | None = None  # given: hidden states are wanted, of `trunk`
    most_tokens: int | None = None  # whose states are taken; more are refused before anything runs


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """An ask of which it is known who answers it."""

    reader: Reader
    inputs: Sequence[EncoderInput]
    reply: Reply


class Dispatcher:
    """Sends asks to the lanes of their trunks. Thread-safe; its coroutines may run on any event loop."""

    def __init__(self, deployment: Deployment, tokenisers: Executor, stats: Stats, characters: int) -> None:
        self._deployment = deployment
        self._tokenisers = tokenisers
        self._stats = stats
        self._characters = characters
        self._active = 0
        self._closing = False
        self._changed = Condition()

    @contextmanager
    def active(self) -> Iterator[None]:
        """Count a request in flight. Raises `EngineStopped` once closing."""
        with self._changed:
            if self._closing:
                raise EngineStopped("the engine is stopping and takes no more requests: ask another server")
            self._active += 1
        try:
            yield
        finally:
            with self._changed:
                self._active -= 1
                self._changed.notify_all()

    def refuse(self) -> None:
        """Take no more requests."""
        with self._changed:
            self._closing = True

    def wait(self, seconds: float) -> bool:
        """Wait until no request is in flight; tells whether that came about in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._active == 0, seconds)

    @property
    def closing(self) -> bool:
        return self._closing

    def locate(self, ask: Ask, checked: bool = False) -> Future[Loaded]:
        """Check an ask, but for its inputs where those were `checked`, and find who answers it.

        Raises `InvalidInput`, `NotFound`.
        """
        if not checked:
            for source in ask.inputs:
                self._check(source.text)
                if source.pair:
                    self._check(source.pair)
        if ask.layers is not None:
            return self._deployment.reading(self._deployment.find_trunk(ask.trunk), ask.layers, ask.most_tokens)
        return self._deployment.loading(self._deployment.find(ask.task, ask.model))

    def trunk_info(self, name: str | None) -> TrunkInfo:
        """Find a trunk, loaded or not. Raises `NotFound`, `InvalidInput`."""
        return self._deployment.find_trunk(name)

    def version_info(self, task: str, model: str | None) -> Version:
        """Find a version, loaded or not. Raises `NotFound`, `InvalidInput`."""
        return self._deployment.find_version(task, model)

    async def loaded(self, ask: Ask) -> Loaded:
        """Check an ask, and load who answers it. Raises `InvalidInput`, `NotFound`."""
        return await asyncio.shield(asyncio.wrap_future(self.locate(ask)))

    async def tokenizer(self, task: str, model: str | None) -> Tokenizer:
        """Give that of a version's trunk, loading it where it is not. Raises `NotFound`, `InvalidInput`."""
        return (await self.loaded(Ask((), task, model))).lane.tokenizer

    async def ids(self, lane: Lane, inputs: Sequence[EncoderInput], terms: Terms) -> Sequence[NDArray[np.int64]]:
        """Give the ids that a lane's trunk reads of each input, one window each. Raises `InvalidInput`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._tokenisers, read_by, inputs, terms, lane.tokenizer)

    def submit(self, loaded: Loaded, inputs: Sequence[EncoderInput], terms: Terms) -> Reply:
        """Queue inputs from this thread. Raises `Overloaded`, `EngineStopped`, `InvalidInput`."""
        self._reserve(loaded.lane, len(inputs))
        reply = Reply()
        [job] = loaded.lane.submit([(loaded.reader, inputs)], terms)
        reply.expect(job)
        return reply

    async def send(self, asks: Sequence[tuple[Ask, Reply]], terms: Terms) -> None:
        """Queue asks, those of one trunk all at once, so that they are planned together.

        Each reply gets its answer or its own error; nothing is raised.
        """
        lanes: dict[Lane, list[Call]] = {}
        checked: list[Sequence[EncoderInput]] = []
        for future, ask, reply in [self._located(ask, reply, checked) for ask, reply in asks]:
            try:
                loaded = future.result() if future.done() else await asyncio.shield(asyncio.wrap_future(future))
            except Exception as error:
                reply.fail(error)
                continue
            lanes.setdefault(loaded.lane, []).append(Call(loaded.reader, ask.inputs, reply))
        for lane, calls in lanes.items():
            self._start(lane, calls, terms)

    def _check(self, text: str) -> None:
        if len(text) > self._characters:
            raise InvalidInput(f"a text has {len(text)} characters; the limit is {self._characters}: split it")
        check_text(text)

    def _located(
        self, ask: Ask, reply: Reply, checked: list[Sequence[EncoderInput]]
    ) -> tuple[Future[Loaded], Ask, Reply]:
        """Locate an ask; its inputs are checked unless they are one of the lists that were `checked` before."""
        known = any(ask.inputs == one for one in checked[:LISTS])
        try:
            found = self.locate(ask, known)
            if not known:
                checked.append(ask.inputs)
            return found, ask, reply
        except Exception as error:
            failed: Future[Loaded] = Future()
            failed.set_exception(error)
            return failed, ask, reply

    def _start(self, lane: Lane, calls: Sequence[Call], terms: Terms) -> None:
        """Reserve places at once, so that overload is told at once; tokenise on another thread."""
        places = sum(len(call.inputs) for call in calls)
        try:
            self._reserve(lane, places)
        except Exception as error:
            _fail_all(calls, error)
            return
        try:
            self._tokenisers.submit(self._submit_group, lane, calls, terms)
        except RuntimeError:  # the executor has ended
            lane.queue.release(places)
            _fail_all(calls, EngineStopped("the engine has stopped and takes no more requests: ask another server"))

    def _submit_group(self, lane: Lane, calls: Sequence[Call], terms: Terms) -> None:
        try:
            jobs = lane.submit([(call.reader, call.inputs) for call in calls], terms)
        except (Overloaded, EngineStopped) as error:
            _fail_all(calls, error)
        except Exception as error:
            if len(calls) == 1:
                calls[0].reply.fail(told(error, f"trunk {lane.info.name}"))
            else:  # one of them may be to blame: each for itself
                for call in calls:
                    self._submit_alone(lane, call, terms)
        else:
            for call, job in zip(calls, jobs, strict=True):
                call.reply.expect(job)

    def _submit_alone(self, lane: Lane, call: Call, terms: Terms) -> None:
        try:
            self._reserve(lane, len(call.inputs))
        except Exception as error:
            call.reply.fail(error)
        else:
            self._submit_group(lane, [call], terms)

    def _reserve(self, lane: Lane, places: int) -> None:
        try:
            lane.queue.reserve(places)
        except Overloaded:
            self._stats.shed()
            raise


def _fail_all(calls: Sequence[Call], error: Exception) -> None:
    for call in calls:
        call.reply.fail(twin(error) if isinstance(error, TrunklineError) else error)
