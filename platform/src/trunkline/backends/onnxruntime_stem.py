"""A trunk's embeddings and layers in ONNX Runtime, one graph each, and the states that pass between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from trunkline.backends.backend import Branch, States
from trunkline.backends.naming import FINAL, HIDDEN, state
from trunkline.backends.onnxruntime_session import Session, graph
from trunkline.records import TrunkInfo
from trunkline.trunk.batch import TokenBatch


@dataclass(frozen=True, slots=True, eq=False)
class OnnxRuntimeStates:
    """Hidden states (rows, length, width) at one layer, with their mask (rows, length)."""

    hidden: NDArray[np.float32]
    mask: NDArray[np.bool_]
    layer: int
    stem: OnnxRuntimeStem

    @property
    def rows(self) -> int:
        return len(self.hidden)

    def take(self, rows: NDArray[np.intp]) -> OnnxRuntimeStates:
        return replace(self, hidden=self.hidden[rows], mask=self.mask[rows])

    def numpy(self) -> NDArray[np.float32]:
        return self.stem.finished(self)

    def raw(self) -> NDArray[np.float32]:
        return self.hidden


class OnnxRuntimeStem:
    """A stem's graphs, of which those are loaded that were needed so far."""

    length_multiple = 1

    def __init__(self, graphs: Mapping[str, Path], info: TrunkInfo, folder: Path, threads: int | None) -> None:
        """Take the graphs' files by name; `folder` holds the trunk's files, of which branches are converted."""
        self.info = info
        self.folder = folder
        self._graphs = graphs
        self._threads = threads
        self._sessions: dict[str, Session] = {}
        self._normalises = graph(FINAL) in graphs
        self._lock = Lock()

    def prepare(self, layer: int) -> None:
        """Load the way from the tokens to `layer` beforehand, so that no request waits for it."""
        for index in range(layer + 1):
            self._session(state(index))

    def embed(self, batch: TokenBatch) -> OnnxRuntimeStates:
        run = self._session(state(0))
        (hidden,) = run(ids=batch.ids, type_ids=batch.type_ids, mask=batch.mask).values()
        return OnnxRuntimeStates(hidden, batch.mask, 0, self)

    def resume(self, batch: TokenBatch, layer: int, hidden: NDArray[np.float32]) -> OnnxRuntimeStates:
        return OnnxRuntimeStates(hidden, batch.mask, layer, self)

    def advance(self, states: States, layer: int) -> OnnxRuntimeStates:
        assert isinstance(states, OnnxRuntimeStates)
        for index in range(states.layer + 1, layer + 1):
            (hidden,) = self._session(state(index))(mask=states.mask, **{HIDDEN: states.hidden}).values()
            states = replace(states, hidden=hidden, layer=index)
        return states

    def pause(self) -> None:
        """Hold no threads but ONNX Runtime's own."""

    def rest(self, idle: float) -> bool:
        """Hold nothing that could be given back."""
        return False

    def fuse(self, branches: Sequence[Branch], shown: Sequence[int]) -> None:
        """Give nothing: its graphs are a layer each, and handing over costs it little."""

    def finished(self, states: OnnxRuntimeStates) -> NDArray[np.float32]:
        """Give states as their reader sees them."""
        if states.layer == self.info.n_layers and self._normalises:
            return self._session(FINAL)(**{HIDDEN: states.hidden})[FINAL]
        return states.hidden

    def _session(self, name: str) -> Session:
        with self._lock:  # loaders prepare while the trunk's own thread runs
            if name not in self._sessions:
                self._sessions[name] = Session(self._graphs[graph(name)], self._threads)
            return self._sessions[name]
