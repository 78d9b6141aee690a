"""While the largest requests that are allowed are answered, the server still says that it lives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

WAIT = 0.5  # seconds that a probe may take meanwhile, on a busy core
SELECTORS = ("", "@1", "@production")
REFERENCES = [
    f"{path}{selector}"
    for path in ("intents", "classification/intents", "tickets", "ner/tickets")
    for selector in SELECTORS
]


@pytest.fixture(scope="module")
def url(served_home: Path) -> Iterator[str]:
    """A server in a process of its own, with the settings that everybody starts with."""
    variables = {**os.environ, "TRUNKLINE_HOME": str(served_home), "OMP_NUM_THREADS": "1"}
    program = [sys.executable, "-c", "from trunkline.cli.main import main; main()", "serve", "--port", "0", "--json"]
    with subprocess.Popen(program, env=variables, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.kill()


def probed_while(url: str, path: str, body: Any) -> tuple[httpx.Response, float]:
    """Post `body` while `/livez` is asked all the time; gives the answer and the longest probe's seconds."""
    replies: list[httpx.Response] = []
    content = json.dumps(body).encode()

    def post() -> None:
        kind = {"content-type": "application/json"}
        replies.append(httpx.post(f"{url}{path}", content=content, headers=kind, timeout=120))

    thread = threading.Thread(target=post)
    longest = 0.0
    with httpx.Client(base_url=url, timeout=120) as client:
        client.get("/livez")
        thread.start()
        while thread.is_alive():
            started = time.monotonic()
            assert client.get("/livez").status_code == 200
            longest = max(longest, time.monotonic() - started)
            time.sleep(0.01)
    thread.join()
    return replies[0], longest


def texts(count: int) -> list[str]:
    return [f"{number} ada met karl" for number in range(count)]


BODIES: dict[str, tuple[str, Callable[[], Any]]] = {
    "analyze": ("/v1/analyze", lambda: {"text": texts(4096 // len(REFERENCES)), "models": REFERENCES}),
    "analyze, a short body": ("/v1/analyze", lambda: {"text": [""] * (4096 // len(REFERENCES)), "models": REFERENCES}),
    "list": ("/v1/classification", lambda: [{"text": text} for text in texts(1024)]),
    "entities": ("/v1/ner", lambda: {"text": "ada lovelace met charles babbage in london " * 4300}),
    "states": ("/v1/hidden-states", lambda: {"text": "ada met karl " * 20_000, "pooling": "none"}),
    "pooled states": ("/v1/hidden-states", lambda: {"text": texts(1024)}),
}


@pytest.mark.parametrize("name", BODIES)
def test_the_largest_requests_do_not_hold_the_loop(url: str, name: str) -> None:
    path, make = BODIES[name]
    reply, longest = probed_while(url, path, make())
    assert reply.status_code == 200, reply.text[:300]
    assert longest < WAIT
