"""Whether the process lives, whether the engine answers, and how it fares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from trunkline.api.metrics import CONTENT_TYPE, HttpMetrics
from trunkline.api.problems import RESPONSES
from trunkline.errors import EngineStopped

if TYPE_CHECKING:
    from trunkline.api.app import Serving
    from trunkline.serving.engine import Engine

PROBE_SECONDS = 5.0


class Alive(BaseModel):
    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    status: Literal["ready"] = "ready"


def _example(value: Any) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {"application/json": {"example": value}}}}


def health_router(engine: Engine, metrics: HttpMetrics) -> APIRouter:
    """Make the router of probes and metrics."""
    router = APIRouter(tags=["health"])

    async def livez() -> Alive:
        """Tell that the web loop turns."""
        return Alive()

    async def readyz(request: Request) -> Ready:
        """Tell that a probe comes back through every loaded trunk; 503 while stopping, or when one has died."""
        serving: Serving = request.app.state.serving
        if serving.draining:
            raise EngineStopped("the server is stopping: ask another one")
        if not await engine.ready(PROBE_SECONDS):
            raise EngineStopped("the engine does not answer: restart the server; its log says why")
        return Ready()

    def show_metrics() -> Response:
        """Give counters and timings in Prometheus's text format."""
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    text: dict[int | str, dict[str, Any]] = {
        200: {"content": {"text/plain": {"schema": {"type": "string"}, "example": "trunkline_ready 1.0\n"}}}
    }
    router.add_api_route("/livez", livez, summary="Alive", responses=_example({"status": "alive"}))
    ready: dict[int | str, dict[str, Any]] = {**_example({"status": "ready"}), 503: RESPONSES[503]}
    router.add_api_route("/readyz", readyz, summary="Ready", responses=ready)
    router.add_api_route("/metrics", show_metrics, summary="Metrics", responses=text, response_class=Response)
    return router
