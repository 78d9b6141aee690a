"""`POST /v1/{task}` for every task that a plugin brings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, Discriminator, Field, Tag

from trunkline.api.answer_json import one_or_list, text_of
from trunkline.api.problems import RESPONSES
from trunkline.api.rendezvous import Question, ask
from trunkline.api.request_terms import RequestTerms, terms_of
from trunkline.api.strict_json import ShuntingRoute
from trunkline.contract import Task
from trunkline.contract.shown import example_of

if TYPE_CHECKING:
    from trunkline.serving.engine import Engine

MANY = 1024  # requests in one body at most

TextOrTexts = Annotated[str, Tag("one")] | Annotated[list[str], Field(min_length=1, max_length=MANY), Tag("many")]
"""A text or a list of them; `one_or_many` tells which, so that a mistake is judged as what was meant."""


def one_or_many(value: Any) -> str:
    """Tell one request from a list of them; the tag under which validation errors are reported."""
    return "many" if isinstance(value, list) else "one"


def body_of(model: type[BaseModel]) -> Any:
    """Make the annotation of a body that is one `model` or a list of them, with examples of both."""
    one = example_of(model)
    examples: dict[str, Any] = {
        "one": {"summary": "one request", "value": one},
        "many": {"summary": "several, answered in the same order", "value": [one, one]},
    }
    many = Annotated[list[model], Field(min_length=1, max_length=MANY), Tag("many")]  # type: ignore[valid-type]
    both = Annotated[model, Tag("one")] | many  # type: ignore[valid-type]
    return Annotated[both, Discriminator(one_or_many), Body(openapi_examples=examples)]


def answers_of(model: Any, example: Any) -> dict[int | str, dict[str, Any]]:
    """Describe the success of a route that answers one `model` or a list of them."""
    examples = {"one": {"value": example}, "many": {"value": [example, example]}}
    return {**RESPONSES, 200: {"content": {"application/json": {"examples": examples}}}}


def add_task_route(router: APIRouter, task: Task[Any, Any], engine: Engine) -> None:
    """Add the endpoint that answers one task's requests."""

    async def endpoint(body, headers):  # type: ignore[no-untyped-def]  # typed below, from the task
        many = isinstance(body, list)
        requests = enumerate(body if many else [body])
        questions = [Question(task, one, f"request {index}" if many else "") for index, one in requests]
        answers = await ask(engine, questions, terms_of(headers, engine.settings))
        return one_or_list([text_of(answer) for answer in answers], many)

    response = task.response_model
    endpoint.__annotations__ = {
        "body": body_of(task.request_model),
        "headers": RequestTerms,
        "return": response | list[response],  # type: ignore[valid-type]
    }
    router.add_api_route(
        f"/{task.name}",
        endpoint,
        methods=["POST"],
        name=task.name,
        summary=task.summary,
        tags=["tasks"],
        response_model=response | list[response],  # type: ignore[valid-type]
        responses=answers_of(response, example_of(response)),
    )


def task_router(tasks: Sequence[Task[Any, Any]], engine: Engine) -> APIRouter:
    """Make the router of all tasks."""
    router = APIRouter(prefix="/v1", route_class=ShuntingRoute)
    for task in tasks:
        add_task_route(router, task, engine)
    return router
