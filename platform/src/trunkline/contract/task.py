"""A task: what it is asked, what it answers, and how it gets there through the inference door."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from trunkline.contract.inference import Inference


class TaskRequest(BaseModel):
    """What every request may say; a task adds its own fields."""

    model_config = ConfigDict(extra="forbid")

    read_field: ClassVar[str] = "text"  # holds what is read: `/v1/analyze` puts its text there
    asked_field: ClassVar[str] = "text"  # holds what is typed: the command line's words, `Model.predict`'s string

    model: str | None = Field(
        None,
        description="name: its newest version; name@production: the promoted one; name@number: that one; left out: "
        "the task's one model in production, or its only model where none is",
    )


class TaskResponse(BaseModel):
    """What every response says; a task adds its own fields."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field("", description="the version that answered, as task/name@number")


Request = TypeVar("Request", bound=TaskRequest)
Response = TypeVar("Response", bound=TaskResponse)


class Task(ABC, Generic[Request, Response]):
    """One kind of question that the platform answers.

    A task holds no state of its own: one instance serves all versions, from many threads.
    """

    name: ClassVar[str]  # ^[a-z0-9][a-z0-9._-]{0,63}$, also its path: POST /v1/{name}
    summary: ClassVar[str]  # one line for help and OpenAPI
    request_model: type[Request]  # give each an example: model_config["json_schema_extra"]["examples"]
    response_model: type[Response]

    @abstractmethod
    async def run(self, request: Request, inference: Inference) -> Response:
        """Answer one validated request. Raises `InvalidInput` for what validation could not see."""

    def describe(self) -> dict[str, Any]:
        """Return the task as `GET /v1/tasks` shows it."""
        return {"name": self.name, "summary": self.summary, "path": f"/v1/{self.name}"}
