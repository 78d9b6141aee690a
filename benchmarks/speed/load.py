"""The load generator: keeps that many connections busy, each with one request after the other."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.speed.peers.protocol import serve
from benchmarks.speed.server import HOST

END = b"\r\n\r\n"
KEPT = 10_000  # answers of a connection


class Client(asyncio.Protocol):
    """One connection; reads no more of an answer than its length and status."""

    def __init__(self, requests: Iterator[bytes], until: float, taken: list[float]) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.bodies: list[bytes] = []
        self._requests, self._until, self._taken = requests, until, taken
        self._buffer, self._started = b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(END)
        if not found or len(rest) < _length(head):
            return
        self._buffer = b""
        self._taken.append(time.perf_counter() - self._started)
        if not head.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(f"{head[:60]!r} {rest[:200]!r}"))
            return
        if len(self.bodies) < KEPT:
            self.bodies.append(rest)
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or RuntimeError("the server closed a connection"))

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None or time.perf_counter() > self._until:
            self.done.set_result(None)
            self._transport.close()
            return
        self._started = time.perf_counter()
        self._transport.write(request)  # type: ignore[attr-defined]


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


def drive(port: int, path: str, bodies: str, connections: int, seconds: float) -> dict[str, Any]:
    """Post the bodies of a file (a JSON list), over and over, for that many seconds."""
    requests = [_request(path, body) for body in json.loads(Path(bodies).read_text())]
    started = time.perf_counter()
    taken, _ = asyncio.run(_driven(port, cycle(requests), connections, started + seconds))
    passed = time.perf_counter() - started
    ordered = sorted(taken)
    return {
        "requests": len(taken),
        "seconds": passed,
        "per_second": len(taken) / passed,
        "median_latency": median(ordered),
        "p99_latency": ordered[int(0.99 * (len(ordered) - 1))],
    }


def once(port: int, path: str, bodies: str) -> dict[str, Any]:
    """Post each body once, in order; give the answers' bodies."""
    requests = [_request(path, body) for body in json.loads(Path(bodies).read_text())]
    _, answers = asyncio.run(_driven(port, iter(requests), 1, time.perf_counter() + 600))
    return {"answers": [json.loads(answer) for answer in answers]}


async def _driven(
    port: int, requests: Iterator[bytes], connections: int, until: float
) -> tuple[list[float], Sequence[bytes]]:
    taken: list[float] = []
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Client(requests, until, taken), HOST, port) for _ in range(connections)
    ]
    await asyncio.gather(*(client.done for _, client in made))
    return taken, made[0][1].bodies


def _request(path: str, body: Any) -> bytes:
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}"
    return head.encode() + END + content


if __name__ == "__main__":
    serve({"drive": drive, "once": once})
