"""Servers as child processes: ours and the peers', until they are ready; what memory they take."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.speed.children import Failed, quiet
from benchmarks.speed.places import MADE, ROOT

HOST = "127.0.0.1"
PROGRAM = "from trunkline.cli.main import main; main()"  # `trunkline`, from whichever sources run this
PATIENCE = 180.0  # seconds until a server must be ready


class Server:
    """A process that answers HTTP; a context manager that ends it."""

    def __init__(self, name: str, command: Sequence[str], port: int, ready: str, **environment: str) -> None:
        """Start `command` and wait until `ready` answers 200. Raises `Failed`."""
        logs = MADE / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        self.name, self.port, self.log = name, port, logs / f"server-{name}.log"
        started = time.perf_counter()
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=quiet(environment, command[0]), stdout=log, stderr=log, start_new_session=True
            )
        self._wait(ready)
        self.seconds_to_ready = time.perf_counter() - started

    def resident(self) -> int:
        """Give the resident memory of the process and its children, in bytes."""
        return sum(_resident(pid) for pid in _family(self._process.pid))

    def close(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _wait(self, ready: str) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise Failed(f"{self.name} has ended; {self.log} says why")
            if answers(self.port, ready):
                return
            time.sleep(0.02)
        self.close()
        raise Failed(f"{self.name} was not ready within {PATIENCE:g} s; {self.log} says more")


def ours_serving(home: Path, models: Sequence[str], name: str = "ours", **environment: str) -> Server:
    """Start `trunkline serve` on OpenVINO."""
    port = free_port()
    chosen = [word for model in models for word in ("--model", model)]
    command = [sys.executable, "-c", PROGRAM, "serve", "--port", str(port), *chosen]
    settings = {
        "TRUNKLINE_HOME": str(home),
        "TRUNKLINE_BACKEND": "openvino",
        "TRUNKLINE_STATE_CACHE_MIB": "0",
    } | environment
    return Server(name, command, port, "/readyz", **settings)


def answers(port: int, path: str) -> bool:
    """Tell whether a GET is answered with 200."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _family(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    children = [int(child) for child in listed.read_text().split()] if listed.is_file() else []
    return [pid, *(one for child in children for one in _family(child))]


def _resident(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0
