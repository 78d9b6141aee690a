"""Compiled graphs of one trunk, and the memory that those at rest give back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from trunkline.backends.openvino_core import GRAPH, WEIGHTS, ov
from trunkline.memory import forget_pages, trim


class Runner:
    """A compiled graph with a request of its own; used by one thread at a time."""

    def __init__(self, core: ov.Core, graph: ov.Model, settings: Mapping[str, Any]) -> None:
        self._compiled = core.compile_model(graph, "CPU", dict(settings))
        self._request = self._compiled.create_infer_request()
        self._inputs = _named(graph.inputs, self._compiled.inputs)
        self._outputs = _named(graph.outputs, self._compiled.outputs)
        self._used = monotonic()
        self.rests = True  # it holds no memory for what it computes

    def __call__(self, **inputs: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        """Run on the inputs that the graph declares; outputs are copies, by name."""
        self.rests = False
        for name, port in self._inputs.items():  # read where they lie, for the time of this call
            array = np.ascontiguousarray(inputs[name])
            self._request.set_tensor(port, ov.Tensor(array, shared_memory=array.size > 0))
        self._request.infer()
        self._used = monotonic()
        return {name: self._request.get_tensor(port).data.copy() for name, port in self._outputs.items()}

    def rest(self, idle: float) -> bool:
        """Give back what it took to compute where it has not run for `idle` seconds; tells whether it did now."""
        if self.rests or monotonic() - self._used < idle:
            return False
        self._request = self._compiled.create_infer_request()  # the old one holds its last inputs
        self._compiled.release_memory()
        self.rests = True
        return True


class Runners:
    """All that is compiled over one stem: used, and put to rest, by the stem's own thread; made by any."""

    def __init__(self, core: ov.Core, settings: Mapping[str, Any]) -> None:
        self.settings = settings
        self._core = core
        self._lock = Lock()
        self._made: WeakSet[Runner] = WeakSet()
        self._weights: set[Path] = set()
        self._compiled = False  # something was, since pages were last forgotten

    def read(self, files: Mapping[str, Path]) -> ov.Model:
        """Read a graph from its two files, whatever their paths; its numbers stay in their file."""
        with self._lock:
            self._weights.add(files[WEIGHTS].resolve())
        return self._core.read_model(files[GRAPH], files[WEIGHTS])

    def make(self, graph: ov.Model) -> Runner:
        """Compile a graph."""
        runner = Runner(self._core, graph, self.settings)
        with self._lock:
            self._made.add(runner)
            self._compiled = True
        return runner

    def rest(self, idle: float) -> bool:
        """Give back what graphs that did not run for `idle` seconds took; tells whether any is still awake.

        So are the pages of the files that graphs were compiled of: they were read once. Tables that are looked up in
        are read again where they are needed, from the system's own cache.
        """
        with self._lock:
            made, compiled, self._compiled = list(self._made), self._compiled, False
            weights = set(self._weights)
        rested = [runner.rest(idle) for runner in made]
        if compiled:
            forget_pages(weights)
        if compiled or any(rested):
            trim()
        return not all(runner.rests for runner in made)


def _named(before: Sequence[Any], after: Sequence[Any]) -> dict[str, Any]:
    """Give compiled ports by the names that the graph had: compiling adds names of what it merges."""
    return {min(port.names): compiled for port, compiled in zip(before, after, strict=True)}
