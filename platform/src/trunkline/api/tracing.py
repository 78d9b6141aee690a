"""A trace id for every request: the caller's own where its `traceparent` is valid, else a new one.

The header's format is W3C Trace Context, version 00.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "traceparent"
_TRACEPARENT = re.compile(r"^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")


def trace_id_of(scope: Any) -> str:
    """Give the trace id of the request that `scope` belongs to; makes one where none was set."""
    state = scope.setdefault("state", {})
    if "trace_id" not in state:
        given = _TRACEPARENT.match(Headers(scope=scope).get(HEADER, ""))
        state["trace_id"] = given.group(1) if given else secrets.token_hex(16)
    return str(state["trace_id"])


def traceparent(scope: Any) -> str:
    """Write the header's value for this request, with a span id of our own."""
    return f"00-{trace_id_of(scope)}-{secrets.token_hex(8)}-01"


class TraceMiddleware:
    """Puts the trace id into the request's state and the `traceparent` header on every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        trace_id_of(scope)

        async def traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault(HEADER, traceparent(scope))
            await send(message)

        await self.app(scope, receive, traced)
