"""Reading request bodies strictly, and leaving a request whose client has left.

What JSON allows loosely is refused with a 4xx problem: NaN and Infinity, numbers that overflow, lone surrogates,
NUL, nesting deeper than 32, duplicate keys, other encodings than UTF-8, bodies over the limit.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, NoReturn

import anyio.to_thread
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from trunkline.errors import InvalidInput

MAX_DEPTH = 32
_INTEGER_DIGITS = 19  # a JSON integer is one of 64 bits
_IN_THREAD = 64 * 1024  # bytes above which parsing leaves the event loop
_LIGHT_BYTES = 2048  # of a body that the web loop itself answers
_LIGHT_ITEMS = 32  # asked for by such a body

Answering = Callable[[Request], Coroutine[Any, Any, Response]]


class MalformedBody(InvalidInput):
    status = 400
    title = "The body is not strict JSON"


class BodyTooLarge(InvalidInput):
    status = 413
    title = "The body is too large"


class UnsupportedBody(InvalidInput):
    status = 415
    title = "The body is of another kind"


def parse(body: bytes) -> Any:
    """Parse a body. Raises `MalformedBody` without quoting it."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_integer,
        )
    except UnicodeDecodeError as error:
        raise MalformedBody(f"byte {error.start} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise MalformedBody(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise MalformedBody(f"nested deeper than {MAX_DEPTH} levels") from None
    for text in _strings(value):
        _check_text(text)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise MalformedBody("an object has the same key twice")
    return value


def _constant(name: str) -> NoReturn:
    raise MalformedBody(f"{name} is not JSON: send a number or null")


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise MalformedBody("a number is too large for a double")
    return value


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > _INTEGER_DIGITS:
        raise MalformedBody(f"an integer has more than {_INTEGER_DIGITS} digits")
    return int(digits)


def _strings(value: Any) -> Iterator[str]:
    """Walk all strings, keys among them. Raises `MalformedBody` where it is nested too deeply."""
    pending = [(value, 1)]
    while pending:
        item, depth = pending.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict | list):
            if depth > MAX_DEPTH:
                raise MalformedBody(f"nested deeper than {MAX_DEPTH} levels")
            if isinstance(item, dict):
                yield from item
                item = list(item.values())
            pending.extend((inner, depth + 1) for inner in item)


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise MalformedBody("a string holds NUL (\\u0000): leave it out")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MalformedBody("a string holds half a surrogate pair: send whole characters") from None


async def read_body(request: Request, limit: int) -> bytes:
    """Read the body, `limit` bytes at most, counted while they arrive. Raises `BodyTooLarge`."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared[:20]) > limit:
        raise BodyTooLarge(f"the body is over {limit} bytes: send less at once")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLarge(f"the body is over {limit} bytes: send less at once")
    return bytes(body)


def _check_kind(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedBody("send content-type: application/json")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedBody("send the body without content-encoding")


async def _read(request: Request, limit: int) -> None:
    """Fill the request's own caches, so that FastAPI validates what was read strictly."""
    _check_kind(request)
    body = await read_body(request, limit)
    request._body = body
    request._json = await anyio.to_thread.run_sync(parse, body) if len(body) > _IN_THREAD else parse(body)


async def _unless_gone(request: Request, answer: Awaitable[Response]) -> Response:
    """Await `answer`, and cancel it when the client disconnects first."""
    working = asyncio.ensure_future(answer)
    watching = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        watching.cancel()
        working.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


class StrictRoute(APIRoute):
    """A route whose body, where it has one, is read strictly; it stops working for a client that has left."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        answer: Answering = super().get_route_handler()
        reads = self.body_field is not None

        async def handle(request: Request) -> Response:
            if not reads:
                return await answer(request)
            try:
                await _read(request, request.app.state.settings.body_bytes)
                return await _unless_gone(request, self.answered(request, answer))
            except ClientDisconnect:
                return Response(status_code=499)  # nobody reads it: it only counts

        return handle

    def answered(self, request: Request, answer: Answering) -> Coroutine[Any, Any, Response]:
        """Answer a request that has been read."""
        return answer(request)


class ShuntingRoute(StrictRoute):
    """A strict route whose heavy requests are validated, asked and written on the siding.

    Its endpoint may therefore run on either of two event loops, and keeps nothing that belongs to one.
    """

    def answered(self, request: Request, answer: Answering) -> Coroutine[Any, Any, Response]:
        working = answer(request)
        if not _heavy(request._body, request._json):
            return working
        shunted: Coroutine[Any, Any, Response] = request.app.state.siding.run(working)
        return shunted


def _heavy(body: bytes, value: Any) -> bool:
    """Tell whether a request may take long: much is sent, or, as with texts for each of several models, much asked."""
    parts = value.values() if isinstance(value, dict) else [value]
    items = math.prod(len(part) or 1 for part in parts if isinstance(part, dict | list))
    return len(body) > _LIGHT_BYTES or items > _LIGHT_ITEMS
