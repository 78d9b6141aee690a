"""Whole requests of a head task from ordinary code: what `HeadTask.run` does, for many at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from trunkline.contract.head_task import Example, HeadTask
from trunkline.contract.task import Request, Response
from trunkline.serving.engine import Engine


def answers(
    engine: Engine,
    task: HeadTask[Request, Response, Example],
    model: str | None,
    requests: Sequence[Request],
    seconds: float | None = None,
) -> list[Response]:
    """Answer `requests` by one version, in their order, however they name a model themselves.

    Raises what the first failing request fails with.
    """
    inputs = [task.encoder_inputs(request) for request in requests]
    answer = engine.predict_many(task.name, model, [source for of_one in inputs for source in of_one], seconds)
    predictions = iter(answer.predictions)
    return [
        task.respond(request, list(islice(predictions, len(of_one)))).model_copy(update={"model": answer.model})
        for request, of_one in zip(requests, inputs, strict=True)
    ]
