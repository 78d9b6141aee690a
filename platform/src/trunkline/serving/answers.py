"""Whole requests of a head task from ordinary code: what `HeadTask.run` does, for many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from trunkline.contract.decoder_task import DecoderTask
from trunkline.contract.head_task import Example, HeadTask
from trunkline.contract.task import Request, Response, Task
from trunkline.serving.engine import Engine
from trunkline.serving.terms import Terms

AT_ONCE = 512
"""Requests that a task with a way of its own answers at once: enough to fill passes, few enough for the queue. 512
sentences of mixed lengths took 0.9 of the time that they took by 256 (torch and CTranslate2, fp32 and int8)."""


def answers(
    engine: Engine,
    task: HeadTask[Request, Response, Example],
    model: str | None,
    requests: Sequence[Request],
    seconds: float | None = None,
) -> list[Response]:
    """Answer `requests` by one version, in their order, however they name a model themselves.

    Raises what one of them fails with, and answers none then.
    """
    if isinstance(task, DecoderTask):
        return ran(engine, task, model, requests)
    inputs = [task.encoder_inputs(request) for request in requests]
    answer = engine.predict_many(task.name, model, [source for of_one in inputs for source in of_one], seconds)
    predictions = iter(answer.predictions)
    return [
        task.respond(request, list(islice(predictions, len(of_one)))).model_copy(update={"model": answer.model})
        for request, of_one in zip(requests, inputs, strict=True)
    ]


def ran(engine: Engine, task: Task[Any, Any], model: str | None, requests: Sequence[Any]) -> list[Any]:
    """Let a task answer `requests` that has a way of its own, many at once; however they name a model themselves.

    The shortest come first: rows that are written together are then about as long, and the least of them is padding.
    """

    async def some(part: Sequence[Any]) -> list[Any]:
        named = [request.model_copy(update={"model": model}) for request in part]
        return await asyncio.gather(*(task.run(request, engine.door(Terms())) for request in named))

    at_once = max(1, min(AT_ONCE, engine.settings.queue_requests // 4))  # others' requests find room
    found: list[Any] = [None] * len(requests)
    by_size = sorted(range(len(requests)), key=lambda place: len(requests[place].model_dump_json()))
    with ThreadPoolExecutor(1, "trunkline-run") as thread:  # a notebook's own thread has a loop that runs
        for start in range(0, len(requests), at_once):
            places = by_size[start : start + at_once]
            told = thread.submit(asyncio.run, some([requests[place] for place in places])).result()
            for place, answer in zip(places, told, strict=True):
                found[place] = answer
    return found
