"""Running the application: bind first, serve, and stop without losing an answer.

SIGTERM: readiness answers 503 and every answer closes its connection; after `DRAIN_SECONDS` nothing new is
accepted, what the kernel had accepted already is answered too, and the process ends with 0.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import ipaddress
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn
from fastapi import FastAPI

from trunkline.api.app import create_app
from trunkline.contract import Plugins
from trunkline.errors import EnvironmentFault, InvalidInput
from trunkline.settings import Settings

if TYPE_CHECKING:
    from trunkline.store.registry import Registry

DRAIN_SECONDS = 1.0  # between the 503 of readiness and the closed door
LAST_SECONDS = 0.3  # for the requests of connections that were accepted last
BACKLOG = 2048
GARBAGE = 10_000  # containers made and not yet freed that start a collection; a large request makes 100,000


class DrainingServer(uvicorn.Server):  # type: ignore[misc]  # uvicorn is read as untyped
    """uvicorn, except that SIGTERM first tells the world, and that its exit code is then 0."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self.app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.app.state.serving.draining = True
        if sig != signal.SIGTERM:
            super().handle_exit(sig, frame)  # remembers the signal: Ctrl-C ends as an interrupt
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.app.state.serving.draining = True
        listening = [sock.dup() for sock in sockets or []]
        await self._wait(DRAIN_SECONDS)
        for server in self.servers:
            server.close()
        for sock in listening:
            await self._accept_rest(sock)
        await self._wait(LAST_SECONDS)
        await super().shutdown(sockets)

    async def _wait(self, seconds: float) -> None:
        if not self.force_exit:
            await asyncio.sleep(seconds)

    async def _accept_rest(self, sock: socket.socket) -> None:
        """Take the connections that the kernel accepted before the door closed, then close it."""
        loop = asyncio.get_running_loop()
        sock.setblocking(False)
        with sock, suppress(BlockingIOError):
            while True:
                connection, _ = sock.accept()
                connection.setblocking(False)
                await loop.connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol


def bind(host: str, port: int) -> socket.socket:
    """Bind before anything is loaded. Raises `EnvironmentFault` where the port is taken or not ours to take."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise InvalidInput(f"host {host!r} has no address: {error.strerror}") from None
    family, kind, protocol, _, address = found[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise EnvironmentFault(_why_not(host, port, error)) from None
    return sock


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use: stop what listens there, or choose another with --port"
    if error.errno == errno.EACCES:
        return f"port {port} on {host} is not allowed for this user: choose one above 1023 with --port"
    return f"cannot listen on {host}:{port}: {error.strerror}"


def check_host(host: str, allow_unauthenticated: bool) -> None:
    """Refuse to listen beyond this machine without keys. Raises `InvalidInput`."""
    if allow_unauthenticated or host == "localhost":
        return
    with suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    raise InvalidInput(
        f"{host} can be reached from other machines and there are no keys yet: use --host 127.0.0.1 behind a "
        "proxy that authenticates, or say --allow-unauthenticated"
    )


def serve(
    settings: Settings,
    host: str,
    port: int,
    *,
    plugins: Plugins,
    registry: Registry,
    models: Sequence[str] = (),
    allow_unauthenticated: bool = False,
    announce: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve until SIGTERM or Ctrl-C; `models` restricts what is served, `announce` is told the address once bound.

    Raises `InvalidInput` for a host beyond this machine, `EnvironmentFault` for a port in use, `NotFound` for a model.
    """
    check_host(host, allow_unauthenticated)
    sock = bind(host, port)
    from trunkline.serving.catalog import RegistryCatalog
    from trunkline.serving.engine import Engine

    with sock, Engine(RegistryCatalog(registry), plugins, settings, models=models, measured_only=True) as engine:
        engine.preload()
        app = create_app(engine, plugins, registry, settings)
        _settle()
        config = uvicorn.Config(
            app, http="httptools", ws="none", lifespan="off", access_log=False, log_config=None, backlog=BACKLOG
        )
        announce(f"http://{_shown(host)}:{sock.getsockname()[1]}")
        DrainingServer(config, app).run(sockets=[sock])


def _settle() -> None:
    """Leave what is loaded by now out of garbage collections, and make them seldom: each holds every thread up."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, 10, 10)


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
