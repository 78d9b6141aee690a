"""`trunkline serve`: every model over HTTP."""

from __future__ import annotations

import logging
import sys
from importlib.util import find_spec
from typing import Annotated

import typer

from trunkline.cli.context import Context
from trunkline.cli.output import Json, described, print_json, print_text
from trunkline.errors import MissingExtra


def add(app: typer.Typer, context: Context) -> None:
    """Add `serve`."""

    @app.command(
        help=described(
            "Serve models over HTTP: every production alias at once, others on first request. "
            "SIGTERM finishes what is in flight and ends with 0.",
            "trunkline serve --port 8000",
            "trunkline serve --model ner/tickets@production --model classification/intents@production",
        )
    )
    def serve(
        host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
        port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
        model: Annotated[
            list[str], typer.Option(help="Serve this reference and no other; repeatable. Default: everything.")
        ] = [],  # noqa: B006
        allow_unauthenticated: Annotated[
            bool, typer.Option("--allow-unauthenticated", help="Listen beyond this machine although there are no keys.")
        ] = False,
        no_cache: Annotated[
            bool, typer.Option("--no-cache", help="Keep no hidden states of texts that may come again.")
        ] = False,
        as_json: Json = False,
    ) -> None:
        if not all(find_spec(name) for name in ("fastapi", "uvicorn", "prometheus_client")):
            raise MissingExtra.needed("serving", "serve")
        from trunkline.api.server import serve as run

        logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")

        def announce(url: str) -> None:
            print_json({"url": url}) if as_json else print_text(f"serving on {url} (documents: {url}/docs)")

        settings = context.settings.model_copy(update={"state_cache_mib": 0} if no_cache else {})
        run(
            settings,
            host,
            port,
            models=model,
            plugins=context.plugins,
            registry=context.registry,
            allow_unauthenticated=allow_unauthenticated,
            announce=announce,
        )
