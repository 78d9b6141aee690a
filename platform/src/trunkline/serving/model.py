"""One version in Python: `trunkline.load("ner/tickets@production").predict("Ada met Babbage in London.")`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from pydantic import ValidationError

from trunkline.contract.head_task import HeadTask
from trunkline.contract.plugins import load_plugins
from trunkline.contract.task import TaskRequest
from trunkline.errors import InvalidInput
from trunkline.records import Version
from trunkline.serving.answers import answers, ran
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.settings import Settings
from trunkline.store.open import registry

Asked = str | Mapping[str, Any] | TaskRequest


class Model:
    """A loaded version with an engine of its own; works in notebooks. A context manager; `close` ends its threads."""

    def __init__(self, engine: Engine, reference: str) -> None:
        """Own `engine`, and load what `reference` means now; it stays that version."""
        self.engine = engine
        self.version: Version = engine.load(reference)
        self.task = engine.plugins.head_task(self.version.task)

    def predict(self, asked: Asked | Sequence[Asked], **fields: Any) -> Any:
        """Answer a text, a mapping of request fields or a request, or a sequence of such.

        Returns one response of the task, or a list in the same order; `fields` go into every request made here.
        Raises `InvalidInput`.
        """
        if isinstance(asked, str | Mapping | TaskRequest):
            return self._answered([self._request(asked, fields)])[0]
        requests = [self._request(one, fields, f"request {place}: ") for place, one in enumerate(asked)]
        return self._answered(requests)

    def close(self) -> None:
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Model({self.version.reference})"

    def _answered(self, requests: Sequence[TaskRequest]) -> list[Any]:
        answered = answers if type(self.task).run is HeadTask.run else ran
        return answered(self.engine, self.task, self.version.reference, requests)

    def _request(self, asked: Asked, fields: Mapping[str, Any], which: str = "") -> TaskRequest:
        if isinstance(asked, TaskRequest):
            given = asked.model_dump(exclude_unset=True)
        elif isinstance(asked, str):
            given = {self.task.request_model.asked_field: asked}
        elif isinstance(asked, Mapping):
            given = dict(asked)
        else:
            told = f"{which}a {type(asked).__name__} is no request of task {self.task.name}"
            raise InvalidInput(f"{told}: give a text, a mapping of fields, or a request")
        try:
            request: TaskRequest = self.task.request_model.model_validate({**given, **fields})
        except ValidationError as error:
            raise InvalidInput(which + _told(error, self.task.name)) from None
        return request


def load(reference: str, settings: Settings | None = None) -> Model:
    """Load a registered version: `task/name@alias`, `name@number`, `name`. Raises `NotFound`, `MissingExtra`."""
    settings = settings or Settings()
    plugins = load_plugins(settings.block_plugins)
    engine = Engine(RegistryCatalog(registry(settings)), plugins, settings, follow=False)
    try:
        return Model(engine, reference)
    except BaseException:
        engine.close()
        raise


def _told(error: ValidationError, task: str) -> str:
    """Say what is wrong with a request without repeating it."""
    problems = (
        f"{'.'.join(map(str, problem['loc'])) or 'request'}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_input=False, include_context=False)
    )
    return f"not a request of task {task}: {'; '.join(problems)}"
