"""ONNX Runtime itself: a graph's session, on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray


def graph(name: str) -> str:
    """Name the file of a graph: "state_0", ..., "final", "branch"."""
    return f"{name}.onnx"


def options(threads: int | None) -> onnxruntime.SessionOptions:
    """Give ONNX Runtime's settings: one operator at a time, on all the threads.

    Each session has threads of its own: those that have nothing more to do let go of the cores at once, since the
    next session's need them.
    """
    found = onnxruntime.SessionOptions()
    found.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    found.intra_op_num_threads = threads or 0  # 0: one a core
    found.log_severity_level = 3  # errors alone
    found.add_session_config_entry("session.force_spinning_stop", "1")
    return found


class Session:
    """A loaded graph; used by one thread at a time."""

    def __init__(self, graph: Path, threads: int | None) -> None:
        self._session = onnxruntime.InferenceSession(graph, options(threads), providers=["CPUExecutionProvider"])
        self._wanted = {port.name for port in self._session.get_inputs()}
        self._outputs = [port.name for port in self._session.get_outputs()]

    def __call__(self, **inputs: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        """Run on the inputs that the graph declares; outputs by name, in memory of their own."""
        given = {name: value for name, value in inputs.items() if name in self._wanted}
        return dict(zip(self._outputs, self._session.run(self._outputs, given), strict=True))
