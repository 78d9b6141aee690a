"""Asking several questions at once, so that one stem pass serves all that share it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trunkline.contract import Task, TaskRequest, TaskResponse
from trunkline.errors import InvalidInput, TrunklineError
from trunkline.names import Reference

if TYPE_CHECKING:
    from trunkline.serving.engine import Engine
    from trunkline.serving.terms import Terms
from trunkline.serving.together import Member


@dataclass(frozen=True, slots=True)
class Question:
    """One validated request to one task."""

    task: Task[Any, Any]
    request: TaskRequest
    place: str = ""  # where it stood, for messages


def check_reference(text: str | None) -> None:
    """Refuse what is no reference, without repeating it. Raises `InvalidInput`."""
    if text is None:
        return
    try:
        Reference.parse(text)
    except InvalidInput:
        raise InvalidInput(
            "model is not a reference: write [task/]name, name@alias or name@number, each name 1 to 64 of a-z 0-9 . _ -"
        ) from None


def check_count(questions: int, engine: Engine) -> None:
    """Refuse more questions than may wait, before anything is made of them. Raises `InvalidInput`."""
    most = engine.settings.queue_requests
    if questions > most:
        raise InvalidInput(f"{questions} questions in one request; at most {most} may wait: send fewer at once")


async def ask(engine: Engine, questions: Sequence[Question], terms: Terms) -> list[TaskResponse]:
    """Answer all questions, submitted together; the first failure cancels the others. Raises what the tasks raise."""
    check_count(len(questions), engine)
    for question in questions:
        check_reference(question.request.model)
    members = engine.together(len(questions), terms)
    asked = [asyncio.ensure_future(_answer(*pair)) for pair in zip(members, questions, strict=True)]
    try:
        return await asyncio.gather(*asked)
    finally:
        for one in asked:
            one.cancel()


async def _answer(member: Member, question: Question) -> TaskResponse:
    with member:
        try:
            response: TaskResponse = await question.task.run(question.request, member)
            return response
        except TrunklineError as error:
            if question.place:
                error.args = (f"{question.place}: {error}",)
            raise
