"""What the tests of a conformance suite stand on: a task, its examples, a bench to try them on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, ValidationError

from trunkline.contract import HeadOptions, HeadTask, TaskRequest, TaskResponse
from trunkline.testing.workbench import Workbench


class Suite:
    """What a plugin author states; every part of the suite builds on it."""

    task: ClassVar[HeadTask[Any, Any, Any]]
    examples: ClassVar[Sequence[Any]]
    """A dozen or more labelled examples with short texts, of several labels."""

    options: ClassVar[HeadOptions | None] = None
    """What a user might choose when tuning; None: the defaults."""

    training_steps: ClassVar[int] = 60
    """Steps in which a fresh head must lower its loss by a fifth on the examples."""

    def perfect_response(self, example: Any) -> TaskResponse | None:
        """Override: the response that is right in all of `example`, or None where there is no telling."""
        return None

    def request_about(self, text: str) -> TaskRequest | None:
        """Override where a request's text is not in its field `text`; None: this text cannot be asked about."""
        asked = self.task.request(self.examples[0]).model_dump()
        if "text" not in asked:
            return None
        try:
            request: TaskRequest = self.task.request_model.model_validate({**asked, "text": text})
        except ValidationError:
            return None
        return request

    @property
    def bench(self) -> Workbench:
        return Workbench.of(self.task, self.examples, self.options or self.task.options_model())

    def responses(self) -> list[Any]:
        bench = self.bench
        return [asyncio.run(self.task.run(self.task.request(example), bench)) for example in self.examples]


def through_json(value: BaseModel) -> BaseModel:
    """Give what comes back after being sent. Raises `ValueError` for what is not JSON, as NaN."""
    text = value.model_dump_json()
    dumps(value.model_dump(mode="json"))
    return type(value).model_validate_json(text)


def dumps(value: Any) -> str:
    """Write strict JSON. Raises `ValueError` for NaN and infinities."""
    return json.dumps(value, allow_nan=False)
