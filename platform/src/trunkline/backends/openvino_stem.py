"""A trunk's embeddings and layers in OpenVINO, cut where versions leave it, and the states that pass between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from trunkline.backends.backend import Branch, States
from trunkline.backends.openvino_core import FINAL, HIDDEN, LENGTH_MULTIPLE, cut, ov, state
from trunkline.backends.openvino_fused import Graphed, OpenVinoFused, fused
from trunkline.backends.openvino_runner import Runner, Runners
from trunkline.backends.piece import Piece
from trunkline.records import TrunkInfo
from trunkline.trunk.batch import TokenBatch


@dataclass(frozen=True, slots=True, eq=False)
class OpenVinoStates:
    """Hidden states (rows, length, width) at one layer; None: nothing has run yet, the tokens stand for them."""

    hidden: NDArray[np.float32] | None
    tokens: TokenBatch
    layer: int
    stem: OpenVinoStem

    @property
    def rows(self) -> int:
        return self.tokens.rows

    @property
    def mask(self) -> NDArray[np.bool_]:
        return self.tokens.mask

    def take(self, rows: NDArray[np.intp]) -> OpenVinoStates:
        return replace(self, hidden=None if self.hidden is None else self.hidden[rows], tokens=self.tokens.take(rows))

    def numpy(self) -> NDArray[np.float32]:
        return self.stem.finished(self)

    def raw(self) -> NDArray[np.float32]:
        return self.stem.advance(self, self.layer).hidden  # type: ignore[return-value]


class OpenVinoStem:
    """A stem's graph, and the segments of it that were needed so far, compiled."""

    length_multiple = LENGTH_MULTIPLE

    def __init__(self, core: ov.Core, piece: Piece, info: TrunkInfo, folder: Path, settings: Mapping[str, Any]) -> None:
        """Take the graph of all states; `folder` holds the trunk's files, of which branches are converted."""
        self.info = info
        self.folder = folder
        self.digest = piece.digest
        self.runners = Runners(core, settings)
        self._graph = self.runners.read(piece.files)
        self._segments: dict[tuple[int | None, str], Runner] = {}
        self._normalises = any(FINAL in port.names for port in self._graph.outputs)
        self._lock = Lock()

    def prepare(self, layer: int) -> None:
        """Compile the way from the tokens to `layer` beforehand, so that no request waits for it."""
        self._segment(None, state(layer))

    def embed(self, batch: TokenBatch) -> OpenVinoStates:
        """Put the embeddings off until it is known how far to go: they run in one graph with the first layers."""
        return OpenVinoStates(None, batch, 0, self)

    def resume(self, batch: TokenBatch, layer: int, hidden: NDArray[np.float32]) -> OpenVinoStates:
        return OpenVinoStates(hidden, batch, layer, self)

    def advance(self, states: States, layer: int) -> OpenVinoStates:
        assert isinstance(states, OpenVinoStates)
        if states.hidden is not None and layer == states.layer:
            return states
        return replace(states, hidden=self._run(states, state(layer)), layer=layer)

    def fuse(self, branches: Sequence[Branch], shown: Sequence[int]) -> OpenVinoFused:
        parts = [cast(Graphed, branch).graph for branch in branches]
        with self._lock:
            graph = fused(self._graph, parts, shown)
        return OpenVinoFused(graph, self.runners, shown, self.resume)

    def pause(self) -> None:
        """Hold no threads but OpenVINO's own."""

    def rest(self, idle: float) -> bool:
        return self.runners.rest(idle)

    def finished(self, states: OpenVinoStates) -> NDArray[np.float32]:
        """Give states as their reader sees them."""
        if states.layer == self.info.n_layers and self._normalises:
            return self._run(states, FINAL)
        return states.raw()

    def _run(self, states: OpenVinoStates, end: str) -> NDArray[np.float32]:
        tokens = states.tokens
        inputs = {"ids": tokens.ids, "type_ids": tokens.type_ids, "mask": tokens.mask}
        if states.hidden is None:
            return self._segment(None, end)(**inputs)[end]
        return self._segment(states.layer, end)(**inputs, **{HIDDEN: states.hidden})[end]

    def _segment(self, start: int | None, end: str) -> Runner:
        with self._lock:  # loaders prepare while the trunk's own thread runs
            if (start, end) not in self._segments:
                part = cut(self._graph, start, [end], self.info.width)
                self._segments[start, end] = self.runners.make(part)
            return self._segments[start, end]
