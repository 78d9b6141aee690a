"""Updates in the background of a server: one thread a base while there is work, on an event loop of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Thread

from pydantic import BaseModel, ConfigDict, Field

from trunkline import Conflict, EngineStopped, Inference, NotFound, TrunklineError
from trunkline_qa.knowledge.bases import KnowledgeBase
from trunkline_qa.knowledge.states import keep_states
from trunkline_qa.knowledge.updating import update
from trunkline_qa.knowledge.vector_files import Busy

log = logging.getLogger(__name__)
RETRY_SECONDS = 1.0  # while another process makes vectors of the same base
MOST_RETRIES = 600


class UpdateState(BaseModel):
    """What the server is doing, or did last, about the vectors and states of a base."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    running: bool = False
    done: int = Field(0, description="passages whose vectors or states were made since it began to run")
    total: int = Field(0, description="passages that it has met so far")
    problem: str | None = Field(None, description="why the last run failed, and the remedy")


class _Counted:
    """A progress that is told over HTTP."""

    def __init__(self, tell: Callable[[int, int], None]) -> None:
        self._tell = tell

    @contextmanager
    def track(self, description: str, total: int) -> Iterator[Callable[[int], None]]:
        self._tell(0, total)
        yield lambda steps: self._tell(steps, 0)

    def say(self, line: str) -> None:
        log.info(line)


class Updates:
    """Brings bases up to date; thread-safe. Its threads end with their work, and when the engine stops."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._changed = Condition()
        self._wishes: dict[str, bool] = {}  # by the identity of a base: whether its next run is a rebuild
        self._states: dict[str, UpdateState] = {}

    def wake(self, base: KnowledgeBase, rebuild: bool = False) -> None:
        """See to it that a run begins after this call."""
        with self._changed:
            self._wishes[base.identity] = rebuild or self._wishes.get(base.identity, False)
            if self.state(base).running:
                return
            self._states[base.identity] = UpdateState(running=True)
        Thread(target=self._live, args=(base,), name=f"trunkline-vectors-{base.name}", daemon=True).start()

    def wake_once(self, base: KnowledgeBase) -> None:
        """Go on, when a base is met for the first time, with what a process that ended has left."""
        if base.identity not in self._states:
            self.wake(base)

    def state(self, base: KnowledgeBase) -> UpdateState:
        return self._states.get(base.identity, UpdateState())

    def wait(self, base: KnowledgeBase, seconds: float) -> bool:
        """Wait until nothing is left to do for `base`; tells whether that came about in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self.state(base).running, seconds)

    def _live(self, base: KnowledgeBase) -> None:
        problem: str | None = None
        while (rebuild := self._next(base, problem)) is not None:
            problem = self._run(base, rebuild)

    def _next(self, base: KnowledgeBase, problem: str | None) -> bool | None:
        """Take what is to be done next; None, and the end, where nothing is."""
        with self._changed:
            rebuild = self._wishes.pop(base.identity, None)
            told = {"running": rebuild is not None, "problem": problem}
            self._states[base.identity] = self._states[base.identity].model_copy(update=told)
            self._changed.notify_all()
            return rebuild

    def _run(self, base: KnowledgeBase, rebuild: bool) -> str | None:
        """Do it; tells what went wrong."""
        try:
            asyncio.run(self._updated(base, rebuild))
        except (Conflict, EngineStopped, NotFound) as end:  # a user's to mend, or nobody wants it any more
            log.info("vectors of %s: %s", base.name, end)
            return str(end)
        except TrunklineError as error:
            if not base.store.is_there():
                return f"{base.name} was deleted"
            log.error("vectors of %s: %s", base.name, error)
            return str(error)
        except Exception:
            log.exception("vectors of %s cannot be made", base.name)
            return "they cannot be made; the server's log says why"
        return None

    async def _updated(self, base: KnowledgeBase, rebuild: bool) -> None:
        progress = _Counted(lambda done, more: self._count(base, done, more))
        for _ in range(MOST_RETRIES):
            try:
                await update(base, self._inference, progress, rebuild)
                await keep_states(base, self._inference, progress)
                return
            except Busy:
                await asyncio.sleep(RETRY_SECONDS)
        raise Conflict(f"another process has been making the vectors of {base.name!r} for too long: see what it does")

    def _count(self, base: KnowledgeBase, done: int, more: int) -> None:
        with self._changed:
            state = self._states[base.identity]
            counted = {"done": state.done + done, "total": state.total + more}
            self._states[base.identity] = state.model_copy(update=counted)
