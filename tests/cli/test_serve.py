"""What `serve` refuses before it serves; serving itself is tested with the API."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any


def test_a_port_in_use(trunkline: Any, models: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        trunkline("serve", "--port", str(taken.getsockname()[1])).failed(6, "in use", "--port")


def test_a_host_beyond_this_machine(trunkline: Any, models: Path) -> None:
    trunkline("serve", "--host", "0.0.0.0", "--port", "0").failed(2, "--allow-unauthenticated")


def test_an_unknown_model(trunkline: Any, models: Path) -> None:
    trunkline("serve", "--port", "0", "--model", "tickts").failed(3, "did you mean")
