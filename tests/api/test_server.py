"""A real server in a process of its own: real clients, and an end that loses no answer."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import openai
import pytest

from trunkline.api.server import bind, check_host
from trunkline.errors import EnvironmentFault, InvalidInput

PROGRAM = [sys.executable, "-c", "from trunkline.cli.main import main; main()"]


@contextmanager
def serving(home: Path, *options: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `trunkline serve` on a free port; gives the process and its URL once it serves."""
    variables = {**os.environ, "TRUNKLINE_HOME": str(home), "OMP_NUM_THREADS": "1", **environment}
    command = [*PROGRAM, "serve", "--port", "0", "--json", *options]
    process = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())["url"]
    finally:
        process.kill()
        process.communicate()


def ask(host: str, answers: list[dict[str, object]], lost: list[str], stop: threading.Event) -> None:
    """Ask with a connection each time, until refused; every request that was sent must be answered."""
    while not stop.is_set():
        connection = http.client.HTTPConnection(host, timeout=30)
        try:
            connection.connect()
        except ConnectionError:
            return  # the door is closed: nothing was sent
        try:
            connection.request("POST", "/v1/ner", b'{"text": "ada met karl"}', {"content-type": "application/json"})
            reply = connection.getresponse()
            answers.append({"status": reply.status, **json.loads(reply.read())})
        except (OSError, http.client.HTTPException) as error:
            lost.append(repr(error))
        finally:
            connection.close()


@pytest.fixture(scope="module")
def running(served_home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server with a short queue and small passes, so that it is soon overloaded."""
    with serving(served_home, TRUNKLINE_QUEUE_REQUESTS="64", TRUNKLINE_BATCH_TOKENS="64") as server:
        yield server


def test_openais_client_lists_models(running: tuple[subprocess.Popen[str], str]) -> None:
    with openai.OpenAI(base_url=f"{running[1]}/v1", api_key="none") as client:
        assert [model.id for model in client.models.list()] == ["classification/intents", "ner/tickets"]
        assert client.models.list().data[0].owned_by == "trunkline"


def test_overload_is_shed_at_once_and_the_accepted_are_answered(running: tuple[subprocess.Popen[str], str]) -> None:
    url = running[1]
    body = json.dumps([{"text": f"{number} ada met karl in london " * 5} for number in range(40)]).encode()
    replies: list[tuple[int, str | None]] = []

    def one() -> None:
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
        connection.request("POST", "/v1/ner", body, {"content-type": "application/json"})
        reply = connection.getresponse()
        reply.read()
        replies.append((reply.status, reply.headers["retry-after"]))
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _ in replies} == {200, 429}
    assert all(int(after or 0) >= 1 for status, after in replies if status == 429)
    assert httpx.get(f"{url}/readyz").status_code == 200
    assert "trunkline_overloaded_total 0.0" not in httpx.get(f"{url}/metrics").text


def test_a_client_that_left_is_not_computed_for(running: tuple[subprocess.Popen[str], str]) -> None:
    url = running[1]
    body = json.dumps([{"text": f"{number} ada met karl in london " * 150} for number in range(60)]).encode()
    head = "POST /v1/ner HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    head += f"content-length: {len(body)}\r\n\r\n"
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + body)
        wait_for(url, 'trunkline_queued_requests{trunk="', lambda value: value > 0)
    wait_for(url, 'trunkline_jobs_total{end="cancelled",model="ner/tickets@1"}', lambda value: value > 0)


def test_ctrl_c_ends_as_an_interrupt(running: tuple[subprocess.Popen[str], str]) -> None:
    process, _ = running
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130


def test_sigterm_under_load_loses_no_answer(served_home: Path) -> None:
    with serving(served_home, "--model", "tickets@production") as (process, url), httpx.Client(base_url=url) as client:
        assert client.post("/v1/classification", json={"text": "a"}).status_code == 404  # restricted to tickets
        answers: list[dict[str, object]] = []
        lost: list[str] = []
        stop = threading.Event()
        host = url.removeprefix("http://")
        threads = [threading.Thread(target=ask, args=(host, answers, lost, stop)) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        assert client.get("/readyz").status_code == 503
        assert process.wait(20) == 0
        stop.set()
        for thread in threads:
            thread.join()
        assert lost == []
        assert len(answers) > 8
        assert {answer["status"] for answer in answers} == {200}
        assert process.stdout is not None
        assert process.stdout.read() == ""


def wait_for(url: str, sample: str, enough) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for line in httpx.get(f"{url}/metrics").text.splitlines():
            if line.startswith(sample) and enough(float(line.split()[-1])):
                return
        time.sleep(0.01)
    raise AssertionError(f"{sample} never came")


def test_a_port_in_use_is_told_in_one_line() -> None:
    with bind("127.0.0.1", 0) as taken, pytest.raises(EnvironmentFault, match=r"in use.*--port"):
        bind("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_loopback_is_allowed(host: str) -> None:
    check_host(host, allow_unauthenticated=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org"])
def test_other_hosts_are_refused_unless_said(host: str) -> None:
    with pytest.raises(InvalidInput, match="--allow-unauthenticated"):
        check_host(host, allow_unauthenticated=False)
    check_host(host, allow_unauthenticated=True)


@pytest.mark.parametrize("options", [(), ("--no-cache",)])
def test_states_are_kept_unless_told_otherwise(served_home: Path, options: tuple[str, ...]) -> None:
    with serving(served_home, *options) as (_, url):
        answers = [httpx.post(f"{url}/v1/ner", json={"text": "ada met karl"}, timeout=30).json() for _ in range(3)]
        assert answers[0] == answers[1] == answers[2]
        told = httpx.get(f"{url}/metrics").text.split("\n")
        counts = dict(line.split() for line in told if line.startswith("trunkline_"))
        resumed = float(counts["trunkline_resumed_rows_total"])
        assert resumed == (0.0 if options else 2.0)
        assert float(counts["trunkline_stem_rows_total"]) == 3.0 - resumed
