"""Child processes that load models and run workloads when told: one speaks, all others wait."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.speed.places import MADE, ROOT

HINDERING = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "TOKENIZERS_PARALLELISM")
"""Variables that a test run sets: each side is measured with its own defaults."""


class Failed(RuntimeError):
    """A child could not do what it was told."""


class Child:
    """One side of a comparison, in a process of its own; a context manager."""

    def __init__(self, name: str, module: str, python: str = sys.executable, **environment: str) -> None:
        """Start `module`, which speaks the line protocol, with an interpreter and more variables."""
        logs = MADE / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.log = logs / f"{name.replace('/', '-')}.log"
        with self.log.open("w") as errors:
            self._process = subprocess.Popen(
                [python, "-m", module],
                cwd=ROOT,
                env=quiet(environment, python),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def ask(self, do: str, **what: Any) -> dict[str, Any]:
        """Send a command and wait for its answer. Raises `Failed`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **what}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise Failed(f"{self.name} has ended; {self.log} says why") from None
        line = self._process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": "it has ended"}
        if "error" in answer:
            raise Failed(f"{self.name}: {do}: {answer['error']} ({self.log} says more)")
        return answer

    @property
    def pid(self) -> int:
        return self._process.pid

    def close(self) -> None:
        """End the process by closing its input; after a while, without asking."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def quiet(more: Mapping[str, str], python: str = sys.executable) -> dict[str, str]:
    """Give a child's environment: no settings of ours or of a test run; our sources only where they are needed."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in HINDERING and not (name.startswith("TRUNKLINE_") and name != "TRUNKLINE_CORPORA")
    }
    if Path(python) != Path(sys.executable):
        kept.pop("PYTHONPATH", None)
    return {**kept, "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", **more}
