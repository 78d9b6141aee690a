"""A version's decoder as two OpenVINO graphs, and the numbers that go around between their runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkline.backends.decoder_cache import GraphCache, length_of, roomy
from trunkline.backends.openvino_core import HINTS, ov
from trunkline.contract.decoder_modules import StateShape
from trunkline.contract.generation import Memory
from trunkline.errors import InvalidInput

START, STEP = "start", "step"
MEMORY, OWN, NEXT, LOGITS = "memory", "own", "next", "logits"  # the last part of the names of what has numbers
LONGEST = ("trunkline", "longest")
"""Where a graph says how many positions it can read."""
AT_ONCE = 1024
"""Tokens of memories whose keys and values are computed together: of 6 layers of width 512 they take 25 MB."""
PLAIN = {"SNIPPETS_MODE": "DISABLE"}
"""OpenVINO 2026.4 fuses attention into kernels that are made for many queries; with one a row, they take twice the
time of the plain products: 42 ms instead of 47 for a step of 64 rows of OPUS-MT's size."""


class OpenVinoDecoder:
    """The protocol `StepDecoder`; logits are good until the next step."""

    def __init__(self, core: ov.Core, files: Mapping[str, Path], settings: Mapping[str, Any]) -> None:
        """Take the files of the two graphs, as `saved` names them."""
        graphs = {part: core.read_model(files[f"{part}.xml"], files[f"{part}.bin"]) for part in (START, STEP)}
        self._dtype = np.dtype(np.uint16 if settings["INFERENCE_PRECISION_HINT"] == HINTS["bf16"] else np.float32)
        self._longest = int(graphs[STEP].get_rt_info(list(LONGEST)).astype(int))
        self._shapes = tuple(_shape(port) for port in _numbered(graphs[STEP].inputs, OWN))
        self._start_shapes = tuple(_shape(port) for port in _numbered(graphs[STEP].inputs, MEMORY))
        if self._dtype == np.uint16:
            graphs = {part: _halved(graph) for part, graph in graphs.items()}
        self._start, self._step = (_Request(core, graphs[part], {**settings, **PLAIN}) for part in (START, STEP))
        self._vocabulary = self._step.outputs[LOGITS].partial_shape[1].get_length()
        self._logits = np.empty((0, self._vocabulary), np.float32)

    def start(self, memories: Sequence[Memory]) -> GraphCache:
        """Begin a row for each memory (slots, width)."""
        room, lengths = roomy(len(memories)), [len(memory) for memory in memories]
        length = length_of(max(lengths))
        seen = np.arange(length) < np.array([*lengths, *[0] * (room - len(lengths))])[:, None]
        states = [
            np.zeros((room, *(length if size is None else size for size in shape)), self._dtype)
            for shape in self._start_shapes
        ]
        for first, last in _runs(lengths):
            self._fill(states, first, memories[first:last])
        return GraphCache.begun(len(memories), states, seen, self._shapes)

    def _fill(self, states: Sequence[NDArray[Any]], row: int, memories: Sequence[Memory]) -> None:
        """Write the states of memories, from `row` on: they run one behind the other, so nothing is padded."""
        whole = np.concatenate(memories)[None]
        padding = length_of(whole.shape[1]) - whole.shape[1]
        self._start.run({MEMORY: np.pad(whole, ((0, 0), (0, padding), (0, 0)))})
        for held, found in zip(states, self._start.numbered(MEMORY), strict=True):
            begin = 0
            for place, memory in enumerate(memories):
                end = begin + len(memory)
                held[row + place, :, : len(memory)] = found[0, :, begin:end]
                begin = end

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
        inputs: dict[str, NDArray[Any]] = {"ids": given, "order": order}
        inputs |= {"positions": cache.positions[:used], "seen": cache.seen[:used]}
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
            self._request.set_tensor(port, _tensor(inputs[name]))
        for name, array in (outputs or {}).items():
            self._request.set_tensor(self.outputs[name], _tensor(array))
        self._request.infer()

    def numbered(self, kind: str) -> list[NDArray[Any]]:
        """Give the outputs KIND_0, KIND_1, ..., which the next run overwrites."""
        count = sum(name.startswith(f"{kind}_") for name in self.outputs)
        found = [self._request.get_tensor(self.outputs[f"{kind}_{number}"]) for number in range(count)]
        return [one.data.view(np.uint16) if one.element_type == ov.Type.bf16 else one.data for one in found]


def _tensor(array: NDArray[Any]) -> ov.Tensor:
    """Give an array as it lies."""
    if array.dtype == np.uint16:
        return ov.Tensor(array, ov.Shape(array.shape), ov.Type.bf16)
    return ov.Tensor(array, shared_memory=True)


def _halved(graph: ov.Model) -> ov.Model:
    """Have states go in and out in bf16, which numpy only moves: half the memory to go through in each step."""
    steps = ov.preprocess.PrePostProcessor(graph)
    for place, port in enumerate(graph.inputs):
        if _name(port).startswith((f"{MEMORY}_", f"{OWN}_")):
            steps.input(place).tensor().set_element_type(ov.Type.bf16)
    for place, port in enumerate(graph.outputs):
        if _name(port) != LOGITS:
            steps.output(place).tensor().set_element_type(ov.Type.bf16)
    return steps.build()


def saved(graphs: Mapping[str, ov.Model], folder: Path) -> None:
    """Write the files of the two graphs, their numbers as they are."""
    for part, graph in graphs.items():
        ov.save_model(graph, folder / f"{part}.xml", compress_to_fp16=False)


def _runs(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Cut memories into runs of at most `AT_ONCE` tokens, one memory at least: where each begins and ends."""
    first, total = 0, 0
    for place, length in enumerate(lengths):
        if total and total + length > AT_ONCE:
            yield first, place
            first, total = place, 0
        total += length
    yield first, len(lengths)


def _name(port: Any) -> str:
    return min(port.names)  # type: ignore[no-any-return]


def _numbered(ports: Sequence[Any], kind: str) -> list[Any]:
    found = {_name(port): port for port in ports}
    return [found[f"{kind}_{number}"] for number in range(sum(name.startswith(f"{kind}_") for name in found))]


def _shape(port: Any) -> StateShape:
    return tuple(None if size.is_dynamic else size.get_length() for size in list(port.partial_shape)[1:])
