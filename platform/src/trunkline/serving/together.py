"""A rendezvous: several tasks ask about one text, and their jobs are planned together."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from trunkline.serving.dispatch import Ask, Dispatcher
from trunkline.serving.door import Door
from trunkline.serving.reply import Reply
from trunkline.serving.storage import Storage
from trunkline.serving.terms import Terms

HOLD = 1.0  # seconds that the first to ask waits for a member that neither asks nor leaves


class Member(Door):
    """One of several doors whose calls are held until every other has asked or left.

    Use it as a context manager around its task: a member that leaves releases the others.
    """

    def __init__(self, group: Together, dispatcher: Dispatcher, storage: Storage, terms: Terms) -> None:
        super().__init__(dispatcher, storage, terms)
        self._group = group

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Ask nothing more; call it from the event loop's thread."""
        self._group.leave(self)

    def _pass(self) -> None:
        self._group.passed(self)

    async def _send(self, ask: Ask, reply: Reply) -> None:
        self._group.ask(self, ask, reply)


class Together:
    """The members of one group, and what they ask in this round; all on one event loop."""

    def __init__(self, members: int, dispatcher: Dispatcher, storage: Storage, terms: Terms) -> None:
        self.members = [Member(self, dispatcher, storage, terms) for _ in range(members)]
        self._dispatcher = dispatcher
        self._terms = terms
        self._running = set(self.members)
        self._silent = set(self.members)  # those of them that have not asked in this round
        self._asked: list[tuple[Ask, Reply]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._sending: set[asyncio.Task[None]] = set()

    def ask(self, member: Member, ask: Ask, reply: Reply) -> None:
        """Hold an ask until the others have come; then send all."""
        self._asked.append((ask, reply))
        self._silent.discard(member)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(HOLD, self._send)
        self._send_if_complete()

    def passed(self, member: Member) -> None:
        """Wait for the member no longer in this round."""
        self._silent.discard(member)
        self._send_if_complete()

    def leave(self, member: Member) -> None:
        self._running.discard(member)
        self._silent.discard(member)
        self._send_if_complete()

    def _send_if_complete(self) -> None:
        if self._asked and not self._silent:
            self._send()

    def _send(self) -> None:
        """Close the round: send what was asked, as one group."""
        if self._timer is not None:
            self._timer.cancel()
        round_, self._asked, self._timer = self._asked, [], None
        self._silent = set(self._running)
        waiting = [(ask, reply) for ask, reply in round_ if not reply.future.done()]
        task = asyncio.get_running_loop().create_task(self._dispatcher.send(waiting, self._terms))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
