"""`POST /v1/analyze`: several models on the same text, one stem pass for all that share it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Union

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, create_model

from trunkline.api.answer_json import object_of, one_or_list, text_of
from trunkline.api.problems import Checked, InvalidRequest
from trunkline.api.rendezvous import Question, ask, check_count, check_reference
from trunkline.api.request_terms import RequestTerms, terms_of
from trunkline.api.strict_json import ShuntingRoute
from trunkline.api.task_routes import TextOrTexts, answers_of, one_or_many
from trunkline.contract import Plugins, Task, TaskResponse
from trunkline.contract.shown import example_of, wanted
from trunkline.errors import InvalidInput, NotFound
from trunkline.names import Reference

if TYPE_CHECKING:
    from trunkline.serving.engine import Engine

MODELS = 64  # in one request at most

ReferenceText = Annotated[str, Field(max_length=200)]
Options = dict[str, Any]


class AnalyzeRequest(BaseModel):
    """Which models read which text."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[TextOrTexts, Discriminator(one_or_many)] = Field(
        description="one text, answered by one object, or a list, answered by a list in the same order"
    )
    models: Annotated[
        Annotated[dict[ReferenceText, Options], Field(min_length=1, max_length=MODELS), Tag("one")]
        | Annotated[list[ReferenceText], Field(min_length=1, max_length=MODELS), Tag("many")],
        Discriminator(one_or_many),
    ] = Field(
        description="task/name: its newest version; task/name@production: the promoted one; task/name@number: that "
        "one; as an object, each with the other fields of its task's request, such as top_k"
    )

    @property
    def options(self) -> Mapping[str, Options]:
        return self.models if isinstance(self.models, dict) else {reference: {} for reference in self.models}


def questions(body: AnalyzeRequest, tasks: Mapping[str, Task[Any, Any]], engine: Engine) -> list[Question]:
    """Make every model's request on every text, text by text. Raises `InvalidInput`, `NotFound`."""
    texts = body.text if isinstance(body.text, list) else [body.text]
    check_count(len(texts) * len(body.models), engine)
    _check_once(body.models)
    found = {reference: _task_of(reference, tasks, engine) for reference in body.options}
    return [
        _question(found[reference], reference, text, options, index)
        for index, text in enumerate(texts)
        for reference, options in body.options.items()
    ]


def _check_once(references: Collection[str]) -> None:
    """Refuse a list that names a model twice: the answer has one place for it. Raises `InvalidInput`."""
    seen: set[str] = set()
    for reference in references:
        check_reference(reference)
        if reference in seen:
            raise InvalidInput(f"models: {reference} stands in the list twice: name each model once")
        seen.add(reference)


def _task_of(reference: str, tasks: Mapping[str, Task[Any, Any]], engine: Engine) -> Task[Any, Any]:
    name = Reference.parse(reference).task or _owner(Reference.parse(reference).name, engine)
    if name not in tasks:
        raise NotFound.named("task", name, tasks)
    if not _reads_text(tasks[name]):
        raise InvalidInput(f"task {name!r} does not read one text: ask it at POST /v1/{name}")
    return tasks[name]


def _reads_text(task: Task[Any, Any]) -> bool:
    return task.request_model.read_field in task.request_model.model_fields


def _owner(model: str, engine: Engine) -> str:
    """Give the task that has a model of this name; no two have. Raises `NotFound`."""
    owners = {version.name: version.task for version in engine.served}
    if model not in owners:
        raise NotFound.named("model", model, owners)
    return owners[model]


def _question(task: Task[Any, Any], reference: str, text: str, options: Options, index: int) -> Question:
    place: tuple[str, ...] = ("body", "models", Checked(reference))
    read = task.request_model.read_field
    if given := sorted({"model", read} & options.keys()):
        outside = [{"loc": (*place, name), "msg": "it is said outside", "type": "extra_forbidden"} for name in given]
        raise InvalidRequest(outside, f"models: {reference}: {given[0]} is not an option: it is said outside")
    try:
        request = task.request_model.model_validate({**options, read: text, "model": reference})
    except ValidationError as error:
        errors = [{**part, "loc": (*place, *part["loc"])} for part in error.errors(include_url=False)]
        raise InvalidRequest(errors, f"{reference}: its options do not validate") from None
    return Question(task, request, f"{reference} on text {index}")


def _response_model(tasks: Sequence[Task[Any, Any]]) -> type[BaseModel]:
    """Make the response's model: for each reference, what its task answers."""
    answers = tuple(task.response_model for task in tasks) or (TaskResponse,)
    about = Field(description="for each reference as it was asked, its task's response")
    return create_model("AnalyzeResponse", answers=(dict[str, Union[answers]], about))  # type: ignore[valid-type]  # noqa: UP007


def _examples(tasks: Sequence[Task[Any, Any]]) -> dict[str, Any]:
    models: dict[str, Any] = {
        f"{task.name}/{task.name}-model": wanted(task.request_model, task.request_model.read_field) for task in tasks
    }
    text = "Ada Lovelace met Charles Babbage in London."
    plain = [name for name, options in models.items() if not options]
    return {
        "one": {"summary": "one text, several models", "value": {"text": text, "models": models}},
        "many": {"summary": "several texts", "value": {"text": [text, "Where is my order?"], "models": plain}},
    }


def analyze_router(plugins: Plugins, engine: Engine) -> APIRouter:
    """Make the router of `POST /v1/analyze`."""
    router = APIRouter(prefix="/v1", route_class=ShuntingRoute)
    tasks = {name: task for name, task in plugins.tasks.items() if _reads_text(task)}
    shown = list(tasks.values())
    response = _response_model(shown)

    async def analyze(body, headers):  # type: ignore[no-untyped-def]  # typed below, from the tasks
        """Ask several models about the same text; stems that they share run once."""
        terms = terms_of(headers, engine.settings)
        answers = iter(await ask(engine, questions(body, plugins.tasks, engine), terms))
        count = len(body.text) if isinstance(body.text, list) else 1
        rows = [object_of((reference, text_of(next(answers))) for reference in body.options) for _ in range(count)]
        return one_or_list([object_of([("answers", row)]) for row in rows], isinstance(body.text, list))

    analyze.__annotations__ = {
        "body": Annotated[AnalyzeRequest, Body(openapi_examples=_examples(shown))],
        "headers": RequestTerms,
        "return": response | list[response],  # type: ignore[valid-type]
    }
    example = {"answers": {f"{task.name}/{task.name}-model@1": example_of(task.response_model) for task in shown}}
    router.add_api_route(
        "/analyze",
        analyze,
        methods=["POST"],
        summary="Several models on the same text, one stem pass",
        tags=["tasks"],
        response_model=response | list[response],  # type: ignore[valid-type]
        responses=answers_of(response, example),
    )
    return router
