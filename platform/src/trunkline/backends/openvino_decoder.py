"""A version's decoder as two OpenVINO graphs, and the numbers that go around between their runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkline.backends.decoder_cache import GraphCache, columns, roomy
from trunkline.backends.openvino_core import ov
from trunkline.contract.decoder_modules import StateShape
from trunkline.contract.generation import Memory
from trunkline.errors import InvalidInput

START, STEP = "start", "step"
MEMORY, OWN, NEXT, LOGITS = "memory", "own", "next", "logits"  # the last part of the names of what has numbers
LONGEST = ("trunkline", "longest")
"""Where a graph says how many positions it can read."""
PLAIN = {"SNIPPETS_MODE": "DISABLE"}
"""OpenVINO 2026.4 fuses attention into kernels that are made for many queries; with one a row, they take twice the
time of the plain products: 42 ms instead of 47 for a step of 64 rows of OPUS-MT's size."""


class OpenVinoDecoder:
    """The protocol `StepDecoder`; logits are good until the next step."""

    def __init__(self, core: ov.Core, files: Mapping[str, Path], settings: Mapping[str, Any]) -> None:
        """Take the files of the two graphs, as `saved` names them."""
        graphs = {part: core.read_model(files[f"{part}.xml"], files[f"{part}.bin"]) for part in (START, STEP)}
        self._longest = int(graphs[STEP].get_rt_info(list(LONGEST)).astype(int))
        self._shapes = tuple(_shape(port) for port in _numbered(graphs[STEP].inputs, OWN))
        self._start, self._step = (_Request(core, graphs[part], {**settings, **PLAIN}) for part in (START, STEP))
        self._vocabulary = self._step.outputs[LOGITS].partial_shape[1].get_length()
        self._logits = np.empty((0, self._vocabulary), np.float32)

    def start(self, memories: Sequence[Memory]) -> GraphCache:
        """Begin a row for each memory (slots, width)."""
        room, length = roomy(len(memories)), columns(max(map(len, memories)))
        padded = np.zeros((room, length, memories[0].shape[1]), np.float32)
        seen = np.zeros((room, length), np.bool_)
        for row, memory in enumerate(memories):
            padded[row, : len(memory)], seen[row, : len(memory)] = memory, True
        self._start.run({MEMORY: padded})
        states = [found.copy() for found in self._start.numbered(MEMORY)]
        return GraphCache.begun(len(memories), states, seen, self._shapes)

    def step(self, ids: NDArray[np.int64], cache: GraphCache) -> NDArray[np.float32]:
        """Read ids (rows,) and give logits (rows, vocabulary). Raises `InvalidInput` beyond the last position."""
        if cache.furthest >= self._longest:
            raise InvalidInput(f"target token {cache.furthest + 1}: the decoder reads {self._longest}; split the text")
        if not cache.rows:
            return self._logits[:0]
        cache.open()
        used = cache.used
        given, order = np.zeros(used, np.int64), np.zeros(used, np.int64)
        given[cache.slots], order[: cache.rows] = ids, cache.slots
        inputs = {"ids": given, "positions": cache.positions[:used], "order": order, "seen": cache.seen[:used]}
        inputs |= {f"{MEMORY}_{number}": held[:used] for number, held in enumerate(cache.memories)}
        inputs |= {f"{OWN}_{number}": held[:used] for number, held in enumerate(cache.own)}
        if len(self._logits) != used:
            self._logits = np.empty((used, self._vocabulary), np.float32)
        self._step.run(inputs, {LOGITS: self._logits})
        cache.put(self._step.numbered(NEXT))
        return self._logits[: cache.rows]


class _Request:
    """A compiled graph that reads arrays where they lie, and writes where it is told."""

    def __init__(self, core: ov.Core, graph: ov.Model, settings: Mapping[str, Any]) -> None:
        compiled = core.compile_model(graph, "CPU", dict(settings))
        self._request = compiled.create_infer_request()
        self._inputs = {_name(before): port for before, port in zip(graph.inputs, compiled.inputs, strict=True)}
        self.outputs = {_name(before): port for before, port in zip(graph.outputs, compiled.outputs, strict=True)}

    def run(self, inputs: Mapping[str, NDArray[Any]], outputs: Mapping[str, NDArray[Any]] | None = None) -> None:
        for name, port in self._inputs.items():
            self._request.set_tensor(port, ov.Tensor(inputs[name], shared_memory=True))
        for name, array in (outputs or {}).items():
            self._request.set_tensor(self.outputs[name], ov.Tensor(array, shared_memory=True))
        self._request.infer()

    def numbered(self, kind: str) -> list[NDArray[Any]]:
        """Give the outputs KIND_0, KIND_1, ..., which the next run overwrites."""
        count = sum(name.startswith(f"{kind}_") for name in self.outputs)
        return [self._request.get_tensor(self.outputs[f"{kind}_{number}"]).data for number in range(count)]


def saved(graphs: Mapping[str, ov.Model], folder: Path) -> None:
    """Write the files of the two graphs, their numbers as they are."""
    for part, graph in graphs.items():
        ov.save_model(graph, folder / f"{part}.xml", compress_to_fp16=False)


def _name(port: Any) -> str:
    return min(port.names)  # type: ignore[no-any-return]


def _numbered(ports: Sequence[Any], kind: str) -> list[Any]:
    found = {_name(port): port for port in ports}
    return [found[f"{kind}_{number}"] for number in range(sum(name.startswith(f"{kind}_") for name in found))]


def _shape(port: Any) -> StateShape:
    return tuple(None if size.is_dynamic else size.get_length() for size in list(port.partial_shape)[1:])
