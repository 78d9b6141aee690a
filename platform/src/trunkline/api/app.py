"""The HTTP application: routers in, one FastAPI out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import trunkline
from trunkline.api import problems
from trunkline.api.analyze import analyze_router
from trunkline.api.health import health_router
from trunkline.api.hidden_states import hidden_states_router
from trunkline.api.metrics import Holdings, HttpMetrics, MetricsMiddleware
from trunkline.api.models import models_router
from trunkline.api.siding import Siding
from trunkline.api.strict_json import StrictRoute
from trunkline.api.task_routes import task_router
from trunkline.api.tracing import TraceMiddleware
from trunkline.contract import Plugins
from trunkline.settings import Settings

if TYPE_CHECKING:
    from trunkline.serving.engine import Engine
    from trunkline.store.registry import Registry


@dataclass(slots=True)
class Serving:
    """The one thing about a running application that changes: it stops."""

    draining: bool = False


class DrainMiddleware:
    """Closes each connection after its answer while the server stops, so that clients go elsewhere."""

    def __init__(self, app: ASGIApp, serving: Serving) -> None:
        self.app = app
        self.serving = serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def closing(message: Message) -> None:
            if self.serving.draining and message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        await self.app(scope, receive, closing if scope["type"] == "http" else send)


def create_app(engine: Engine, plugins: Plugins, registry: Registry, settings: Settings) -> FastAPI:
    """Make the application that serves `engine`; who made the engine closes it."""
    serving = Serving()
    metrics = HttpMetrics(engine.stats, lambda: engine.alive and not serving.draining, lambda: holdings(engine))
    app = FastAPI(
        title="Trunkline",
        version=trunkline.__version__,
        summary="One trunk, many heads: independently tuned models of many tasks, answered from one pass",
        responses={},
    )
    app.state.settings = settings
    app.state.serving = serving
    app.state.siding = Siding()
    problems.install(app)
    app.include_router(health_router(engine, metrics))
    for router in (
        task_router(list(plugins.tasks.values()), engine),
        analyze_router(plugins, engine),
        hidden_states_router(engine, registry),
        models_router(plugins, registry, engine),
        _plugin_router(plugins, engine),
    ):
        app.include_router(router)
    app.add_middleware(MetricsMiddleware, metrics=metrics)
    app.add_middleware(DrainMiddleware, serving=serving)
    app.add_middleware(TraceMiddleware)
    _describe(app)
    return app


def holdings(engine: Engine) -> Holdings:
    """Give what the engine holds at this moment, for `/metrics`."""
    return {
        "loaded_versions": ("versions in memory now", len(engine.loaded)),
        "loaded_version_bytes": (
            "bytes of the loaded versions' own weights, as stored; TRUNKLINE_VERSIONS_MIB bounds them",
            engine.weight_bytes,
        ),
        "waiting_aliases": (
            "aliases and bare names whose version cannot be loaded here, so that an older one answers, or none: "
            "GET /v1/models/{task}/{name} and the log say why",
            len(engine.behind),
        ),
    }


def _plugin_router(plugins: Plugins, engine: Engine) -> APIRouter:
    router = APIRouter(prefix="/v1", route_class=StrictRoute, responses=problems.RESPONSES)
    plugins.hooks.register_routes(router=router, inference=engine)
    return router


def _describe(app: FastAPI) -> None:
    """Let OpenAPI show problems where FastAPI would show its own validation errors."""

    def openapi() -> dict[str, object]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
            schemas = schema.setdefault("components", {}).setdefault("schemas", {})
            model = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(model.pop("$defs", {}))
            schemas["Problem"] = model
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
