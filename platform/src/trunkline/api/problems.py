"""The one place that turns failures into `application/problem+json` (RFC 9457).

A problem never echoes what was sent: validation errors say where and why, not what.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from trunkline.api.tracing import HEADER, trace_id_of, traceparent
from trunkline.errors import (
    CorruptArtifact,
    DeadlineExceeded,
    EngineStopped,
    EnvironmentFault,
    InvalidInput,
    Overloaded,
    TrunklineError,
)

log = logging.getLogger(__name__)
DEADLINE = "trunkline-deadline"  # the header by which a client says how long it will wait

MEDIA_TYPE = "application/problem+json"
TAGS = frozenset({"one", "many"})  # of the union that tells one request from a list
_FIELD = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,63}\Z")
_HEADER = re.compile(r"^[a-z][a-z0-9-]{0,63}\Z")
_SHOWN = 100  # validation errors told at most


class InvalidField(BaseModel):
    """One part of the request that cannot be used."""

    loc: list[str | int] = Field(description="the path to it, from `body`, `query`, `path` or `header`")
    msg: str = Field(description="why")
    type: str = Field(description="the kind of failure, for programs")


class Checked(str):
    """A key of the request that may be repeated: it was found to be a plain name or reference."""

    __slots__ = ()


class Problem(BaseModel):
    """What every failure answers, as RFC 9457 asks."""

    type: str = "about:blank"
    title: str = Field(examples=["No such thing"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["no model named 'tickts'; did you mean tickets?"])
    trace_id: str = Field(
        description="finds this request in the server's log", examples=["0af7651916cd43dd8448eb211c80319c"]
    )
    errors: list[InvalidField] = Field([], description="for requests that do not validate: each part that is wrong")


class InvalidRequest(InvalidInput):
    """A request that does not validate; `errors` as pydantic gives them."""

    def __init__(self, errors: Sequence[Mapping[str, Any]], message: str = "the request does not validate") -> None:
        self.errors = errors
        super().__init__(message)


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status in (400, 404, 409, 413, 415, 422, 429, 500, 501, 503, 504)
}


def problem(
    scope: Any,
    status: int,
    detail: str,
    title: str | None = None,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Answer with a problem; its trace id is in the body and in the `traceparent` header."""
    body = Problem(
        title=title or HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        trace_id=trace_id_of(scope),
        errors=[_field(error) for error in errors[:_SHOWN]],
    )
    return JSONResponse(
        body.model_dump(exclude=None if errors else {"errors"}),
        status,
        {HEADER: traceparent(scope), **(headers or {})},
        MEDIA_TYPE,
    )


def _field(error: Mapping[str, Any]) -> InvalidField:
    return InvalidField(loc=_location(error), msg=_message(error), type=str(error["type"]))


def _location(error: Mapping[str, Any]) -> list[str | int]:
    """Keep indices, plain field names and what was checked; what else a client wrote as a key is not repeated."""
    parts = [part for part in error["loc"] if isinstance(part, Checked) or part not in TAGS]
    plain = _HEADER if parts[:1] == ["header"] else _FIELD  # only headers that a route declares are ever wrong
    return [part if isinstance(part, int | Checked) or plain.match(part) else "?" for part in parts]


def _message(error: Mapping[str, Any]) -> str:
    """Keep messages that a schema made; those that quote what was sent are replaced."""
    quoting = ("_parsing", "_type", "_from_float", "union_tag_invalid")
    text = str(error["msg"])
    if str(error["type"]).endswith(quoting) and ("input_value" in text or "found using" in text):
        return "the value is of a kind that is not known here"
    return text


def of_error(request: Request, error: TrunklineError) -> JSONResponse:
    """Turn an expected failure into its problem."""
    headers = {"Retry-After": str(max(1, math.ceil(error.retry_after)))} if isinstance(error, Overloaded) else {}
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "1"
    if (level := _level(request, error)) is not None:
        log.log(level, "%s %s: %s", trace_id_of(request.scope), type(error).__name__, error)
    errors = error.errors if isinstance(error, InvalidRequest) else ()
    return problem(request.scope, error.status, _told(error), error.title, errors, headers)


def _told(error: TrunklineError) -> str:
    """Say what a client may know: where the server keeps its files, and how they are mended, is for its log."""
    if isinstance(error, CorruptArtifact):
        return "what the server keeps of this is damaged; its log says under this trace id what, and how to mend it"
    if isinstance(error, EnvironmentFault):
        return "the server's machine does not allow this now; its log says why under this trace id"
    return str(error)


def _level(request: Request, error: TrunklineError) -> int | None:
    """How loudly the log tells of it: not at all what the caller can mend, quietly what stopping brings along.

    Nor is it the server's failure where a client gave itself little time.
    """
    if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return None
    if isinstance(error, EngineStopped) or (isinstance(error, DeadlineExceeded) and DEADLINE in request.headers):
        return logging.INFO
    return logging.WARNING if error.status == HTTPStatus.SERVICE_UNAVAILABLE else logging.ERROR


def of_validation(request: Request, error: RequestValidationError) -> JSONResponse:
    """Turn what FastAPI's validation refused into a 422 without the input."""
    return problem(request.scope, 422, "the request does not validate", InvalidInput.title, error.errors())


def of_http(request: Request, error: HTTPException) -> JSONResponse:
    """Turn the framework's own refusals (unknown path, wrong method) into problems."""
    detail = {404: "there is no such path; see /docs", 405: "this path does not take this method"}
    text = detail.get(error.status_code, HTTPStatus(error.status_code).phrase)
    return problem(request.scope, error.status_code, text, headers=error.headers)


def of_surprise(request: Request, error: Exception) -> JSONResponse:
    """Turn a bug into a 500 that tells nothing but where to look."""
    log.error("%s failed", trace_id_of(request.scope), exc_info=error)
    return problem(request.scope, 500, "an unexpected failure; the server's log has it under this trace id")


def install(app: FastAPI) -> None:
    """Let every failure of `app` go through this file."""
    app.add_exception_handler(TrunklineError, of_error)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, of_validation)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, of_http)  # type: ignore[arg-type]
    for surprise in (ResponseValidationError, ValidationError, Exception):
        app.add_exception_handler(surprise, of_surprise)
