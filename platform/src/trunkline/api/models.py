"""What is registered: `GET /v1/tasks`, `/v1/models`, `/v1/models/{task}/{name}`, `/v1/evaluations`.

The list of models has the shape that OpenAI's clients read.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from trunkline.api.problems import RESPONSES
from trunkline.api.rendezvous import check_reference
from trunkline.contract import Plugins
from trunkline.names import NAME
from trunkline.records import Evaluation, Version
from trunkline.records.evaluation import own
from trunkline.serving.table import NEWEST

if TYPE_CHECKING:
    from trunkline.serving.engine import Engine
    from trunkline.store.registry import Registry

Name = Annotated[str, Path(pattern=NAME.pattern, examples=["tickets"])]


class TaskList(BaseModel):
    """The tasks that plugins brought."""

    object: Literal["list"] = "list"
    data: list[dict[str, Any]] = Field(description="name, summary and path of each, and what its task adds")


class Quality(BaseModel):
    """A version's primary metric: on torch in fp32 where it was measured there, of test data before dev data."""

    metric: str
    value: float
    low: float | None = Field(description="of the 95 % bootstrap interval; null where it was not resampled")
    high: float | None
    split: str
    n: int
    backend: str
    precision: str

    @classmethod
    def of(cls, evaluation: Evaluation | None) -> Self | None:
        """Take the first metric, which is the primary one."""
        if evaluation is None or not evaluation.metrics:
            return None
        metric, figure = next(iter(evaluation.metrics.items()))
        about = evaluation.model_dump(include={"split", "n", "backend", "precision"})
        return cls(metric=metric, **figure.model_dump(), **about)


class ModelEntry(BaseModel):
    """One model: a name with its versions."""

    id: str = Field(description="task/name: a reference to the newest version")
    object: Literal["model"] = "model"
    created: int = Field(description="when its newest version was registered, in seconds since 1970")
    owned_by: str = "trunkline"
    task: str
    newest: int = Field(description="the newest version's number")
    aliases: dict[str, int] = Field(description="alias -> version number")
    quality: Quality | None = Field(description="of the newest version; null where it was not measured")


class ModelList(BaseModel):
    """All models, in the order of their names."""

    object: Literal["list"] = "list"
    data: list[ModelEntry]


class Waiting(BaseModel):
    """An alias whose version this server cannot load; it tries again when something changes in the registry."""

    alias: str | None = Field(description="null: the bare name")
    wanted: int = Field(description="the version that it points at")
    served: int | None = Field(description="the version that goes on answering; null: none does")
    why: str = Field(description="what keeps the version from being served, and the remedy")


class ServedNow(BaseModel):
    """What this server answers by, which may differ from what the registry says."""

    newest: int = Field(description="the version that the bare name means here")
    aliases: dict[str, int] = Field(description="alias -> the version that answers")
    waiting: list[Waiting]


class ModelDetail(ModelEntry):
    """One model with its versions, newest first, and their evaluations."""

    serving: ServedNow | None = Field(description="null where this server does not serve the model")
    versions: list[Version]
    evaluations: list[Evaluation]


class EvaluationList(BaseModel):
    """Evaluations, newest first."""

    object: Literal["list"] = "list"
    data: list[Evaluation]


def entry(registry: Registry, versions: list[Version]) -> ModelEntry:
    """Describe a model by its versions, newest first."""
    newest = versions[0]
    return ModelEntry(
        id=f"{newest.task}/{newest.name}",
        created=int(newest.created_at.timestamp()),
        task=newest.task,
        newest=newest.number,
        aliases={alias: version.number for version in versions for alias in version.aliases},
        quality=Quality.of(own(registry.evaluations(newest.reference))),
    )


def entries(registry: Registry) -> list[ModelEntry]:
    """Describe every model that has a version."""
    groups: dict[tuple[str, str], list[Version]] = defaultdict(list)
    for version in registry.versions():
        groups[version.task, version.name].append(version)
    return [entry(registry, sorted(groups[key], key=lambda version: -version.number)) for key in sorted(groups)]


def served_now(engine: Engine, task: str, name: str) -> ServedNow | None:
    """Tell by which versions of a model the engine answers now."""
    model = (task, name)
    pointers = {selector: key[2] for (owner, selector), key in engine.targets.items() if owner == model}
    if NEWEST not in pointers:
        return None
    waiting = [
        Waiting(
            alias=selector or None,
            wanted=one.wanted[2],
            served=None if one.served is None else one.served[2],
            why=one.why,
        )
        for (owner, selector), one in engine.behind.items()
        if owner == model
    ]
    return ServedNow(newest=pointers.pop(NEWEST), aliases=pointers, waiting=waiting)


def _ok(example: Any) -> dict[int | str, dict[str, Any]]:
    return {**RESPONSES, 200: {"content": {"application/json": {"example": example}}}}


_ENTRY = {
    "id": "ner/tickets",
    "object": "model",
    "created": 1795300000,
    "owned_by": "trunkline",
    "task": "ner",
    "newest": 4,
    "aliases": {"production": 3},
    "quality": {
        "metric": "f1",
        "value": 0.861,
        "low": 0.842,
        "high": 0.879,
        "split": "test",
        "n": 191,
        "backend": "torch",
        "precision": "fp32",
    },
}
_TASK = {"name": "ner", "summary": "Find named entities in text", "path": "/v1/ner"}


def models_router(plugins: Plugins, registry: Registry, engine: Engine) -> APIRouter:
    """Make the router of what is registered, and of what is served of it; its endpoints run on threads."""
    router = APIRouter(prefix="/v1", tags=["models"])

    def tasks() -> TaskList:
        """List the tasks that this server knows."""
        return TaskList(data=[task.describe() for _, task in sorted(plugins.tasks.items())])

    def models() -> ModelList:
        """List the models; the shape is the one that OpenAI's clients read."""
        return ModelList(data=entries(registry))

    def model(task: Name, name: Name) -> ModelDetail:
        """Show a model: versions, aliases, evaluations."""
        reference = f"{task}/{name}"
        registry.resolve(reference, task)
        versions = list(registry.versions(task, name))
        found = [evaluation for version in versions for evaluation in registry.evaluations(version.reference)]
        brief = [evaluation.model_copy(update={"report": {}}) for evaluation in found]
        now = served_now(engine, task, name)
        described = entry(registry, versions).model_dump()
        return ModelDetail(**described, serving=now, versions=versions, evaluations=brief)

    def evaluations(
        model: Annotated[str | None, Query(max_length=200, examples=["ner/tickets@4"])] = None,
        report: Annotated[bool, Query(description="with per-class figures and the like")] = False,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> EvaluationList:
        """List evaluations, newest first; of one version where `model` is given."""
        check_reference(model)
        chosen = [registry.resolve(model)] if model else registry.versions()
        found = [evaluation for version in chosen for evaluation in registry.evaluations(version.reference)]
        found = sorted(found, key=lambda evaluation: -evaluation.id)[:limit]
        return EvaluationList(data=found if report else [one.model_copy(update={"report": {}}) for one in found])

    one = {"object": "list", "data": [_ENTRY]}
    now = {"newest": 4, "aliases": {"production": 3}, "waiting": []}
    detail = {**_ENTRY, "serving": now, "versions": [], "evaluations": []}
    none = {"object": "list", "data": []}
    router.add_api_route("/tasks", tasks, responses=_ok({"object": "list", "data": [_TASK]}), summary="Tasks")
    router.add_api_route("/models", models, responses=_ok(one), summary="Models")
    router.add_api_route("/models/{task}/{name}", model, responses=_ok(detail), summary="One model")
    router.add_api_route("/evaluations", evaluations, responses=_ok(none), summary="Evaluations")
    return router
