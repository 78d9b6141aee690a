"""Rows of a file asked of several versions at once, and the lines that come of them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from pydantic import ValidationError

from trunkline.contract.decoder_task import DecoderTask
from trunkline.contract.head_task import HeadTask
from trunkline.contract.inference import Answer
from trunkline.contract.task import TaskRequest, TaskResponse
from trunkline.errors import DataError, InvalidInput, Overloaded, TrunklineError
from trunkline.prediction.source import SourceRow
from trunkline.serving.answers import ran
from trunkline.serving.engine import Engine
from trunkline.serving.terms import Terms
from trunkline.serving.together import Member

CHUNK = 256  # rows asked at once and made durable together: enough to sort by length, few enough to lose
SECONDS = 3600.0  # that a chunk may take
_SURROGATE = re.compile("[\ud800-\udfff]")

Task = HeadTask[Any, Any, Any]


class Asking:
    """Turns rows into lines."""

    def __init__(
        self, engine: Engine, task: Task, models: Sequence[str], options: Mapping[str, Any], keep_going: bool
    ) -> None:
        self.problems = 0
        self.chunk = max(1, min(CHUNK, engine.settings.queue_requests // (4 * len(models))))
        self._engine, self._task, self._models = engine, task, models
        self._options, self._keep_going = options, keep_going

    def lines(self, chunk: Sequence[SourceRow], before: int) -> Iterator[dict[str, Any]]:
        """Give a line for each row; `before` rows came before them."""
        asked: list[tuple[int, TaskRequest]] = []
        told: dict[int, dict[str, Any]] = {}
        for index, row in enumerate(chunk):
            try:
                asked.append((index, request_of(self._task, self._options, row)))
            except InvalidInput as error:
                told[index] = self._problem(row, error)
        for index, said in self._answered(asked, chunk):
            told[index] = said
        for index, row in enumerate(chunk):
            yield line_of(row, before + index + 1, told[index])

    def _answered(
        self, asked: Sequence[tuple[int, TaskRequest]], chunk: Sequence[SourceRow]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Ask together; where that fails, ask by halves until the row that cannot be answered is alone."""
        if not asked:
            return
        try:
            answers = self._ask([request for _, request in asked])
        except (InvalidInput, Overloaded) as error:
            if len(asked) == 1:
                yield asked[0][0], self._problem(chunk[asked[0][0]], error)
                return
            middle = len(asked) // 2
            for half in (asked[:middle], asked[middle:]):
                yield from self._answered(half, chunk)
            return
        for (index, _), by_model in zip(asked, answers, strict=True):
            yield index, said_of(self._models, by_model)

    def _ask(self, requests: Sequence[TaskRequest]) -> Sequence[Sequence[TaskResponse]]:
        """Give each request's responses, one a model."""
        if isinstance(self._task, DecoderTask):
            return list(zip(*(ran(self._engine, self._task, model, requests) for model in self._models), strict=True))
        inputs = [self._task.encoder_inputs(request) for request in requests]
        flat = [one for of_request in inputs for one in of_request]

        answers: list[Answer] = []  # not the coroutine's result, of which asyncio.run makes a text

        async def together() -> None:
            members = self._engine.together(len(self._models), Terms.within(SECONDS))

            async def ask(member: Member, model: str) -> Answer:
                with member:
                    return await member.predict(self._task.name, model, flat)

            answers.extend(await asyncio.gather(*map(ask, members, self._models)))

        asyncio.run(together())
        found = []
        for answer in answers:
            predictions = iter(answer.predictions)
            found.append(
                [
                    self._task.respond(request, list(islice(predictions, len(of_request)))).model_copy(
                        update={"model": answer.model}
                    )
                    for request, of_request in zip(requests, inputs, strict=True)
                ]
            )
        return list(zip(*found, strict=True))

    def _problem(self, row: SourceRow, error: TrunklineError) -> dict[str, Any]:
        self.problems += 1
        return problem(row, error, self._keep_going)


def request_of(task: Task, options: Mapping[str, Any], row: SourceRow) -> TaskRequest:
    """Make a task's request of a row; the row's own fields come before `options`. Raises `InvalidInput`."""
    if row.fields is None:
        raise InvalidInput(row.problem)
    known = task.request_model.model_fields
    fields = {name: value for name, value in row.fields.items() if name in known and name != "model"}
    try:
        request: TaskRequest = task.request_model.model_validate({**options, **fields, "model": None})
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors(include_input=False)]
        raise InvalidInput("; ".join(problems)) from None
    return request


def line_of(row: SourceRow, number: int, told: Mapping[str, Any]) -> dict[str, Any]:
    """Put what is told of a row into its line; an id that the row has is repeated."""
    given = {"id": row.fields["id"]} if row.fields is not None and "id" in row.fields else {}
    return {"row": number, **given, **told}


def said_of(models: Sequence[str], responses: Sequence[TaskResponse]) -> dict[str, Any]:
    """Write a row's responses, one a model: a single one as it is, several under their models' names."""
    said = [response.model_dump(mode="json") for response in responses]
    return said[0] if len(said) == 1 else {"answers": dict(zip(models, said, strict=True))}


def written(line: Mapping[str, Any]) -> str:
    """Write a line as JSON; half of a surrogate pair, which UTF-8 cannot hold, is escaped as it was in the input."""
    text = json.dumps(line, ensure_ascii=False)
    return text if text.isascii() else _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def problem(row: SourceRow, error: TrunklineError, keep_going: bool) -> dict[str, Any]:
    """Write what is wrong with a row. Raises it as `DataError` unless the work is to keep going."""
    if not keep_going:
        remedy = (
            "With --keep-going the command goes on there and notes the error; a corrected file begins anew, over what "
            "was answered of this one with --overwrite."
        )
        raise DataError([f"{row.place}: {error}"], remedy) from None
    return {"error": f"{row.place}: {error}"}
