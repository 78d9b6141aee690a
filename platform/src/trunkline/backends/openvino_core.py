"""OpenVINO itself: the CPU as it sees it, and graphs cut at layers' states."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # never imported: it would call home

import numpy as np  # noqa: E402
import openvino as ov  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from trunkline.backends.naming import FINAL, HIDDEN, state  # noqa: E402

__all__ = [
    "FINAL", "HIDDEN", "HINTS", "LENGTH_MULTIPLE", "Runner", "computes_bf16", "cut", "options", "ov", "read", "save",
    "state",
]  # fmt: skip

GRAPH, WEIGHTS = "graph.xml", "graph.bin"
HINTS = {"fp32": "f32", "bf16": "bf16"}
LENGTH_MULTIPLE = 8
"""A graph is made ready for each shape that comes up first: lengths are rounded, so that few do."""


def computes_bf16(core: ov.Core) -> bool:
    """Tell whether the CPU multiplies in bfloat16; elsewhere OpenVINO would quietly compute in fp32."""
    return "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def options(precision: str, threads: int | None) -> dict[str, Any]:
    """Give OpenVINO's settings: one pass at a time, on all the threads."""
    found = {"INFERENCE_PRECISION_HINT": HINTS[precision], "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}
    return found if threads is None else {**found, "INFERENCE_NUM_THREADS": threads}


def cut(graph: ov.Model, start: int | None, ends: Iterable[str], width: int) -> ov.Model:
    """Give the part of a stem from the states at layer `start` (None: from the tokens) to the outputs `ends`.

    The token inputs stay declared, since shapes are taken from them; what starts at a layer has `HIDDEN` besides.
    """
    part = graph.clone()
    outputs = {name: port for port in part.outputs for name in port.names}
    inputs = list(part.get_parameters())
    if start is not None:
        hidden = ov.opset13.parameter([-1, -1, width], np.float32, name=HIDDEN)
        hidden.output(0).set_names({HIDDEN})
        for target in outputs[state(start)].node.input_value(0).get_target_inputs():
            if target.get_node().get_type_name() != "Result":
                target.replace_source_output(hidden.output(0))
        inputs.append(hidden)
    return ov.Model([outputs[name].node for name in ends], inputs)


def save(graph: ov.Model, folder: Path) -> None:
    """Write a graph's two files, its numbers as they are."""
    ov.save_model(graph, folder / GRAPH, compress_to_fp16=False)


def read(core: ov.Core, files: Mapping[str, Path]) -> ov.Model:
    """Read a graph from its two files, whatever their paths."""
    return core.read_model(files[GRAPH], files[WEIGHTS])


class Runner:
    """A compiled graph with a request of its own; used by one thread at a time."""

    def __init__(self, core: ov.Core, graph: ov.Model, settings: Mapping[str, Any]) -> None:
        self._compiled = core.compile_model(graph, "CPU", dict(settings))
        self._request = self._compiled.create_infer_request()
        self._inputs = _named(graph.inputs, self._compiled.inputs)
        self._outputs = _named(graph.outputs, self._compiled.outputs)

    def __call__(self, **inputs: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        """Run on the inputs that the graph declares; outputs are copies, by name."""
        for name, port in self._inputs.items():  # read where they lie, for the time of this call
            array = np.ascontiguousarray(inputs[name])
            self._request.set_tensor(port, ov.Tensor(array, shared_memory=array.size > 0))
        self._request.infer()
        return {name: self._request.get_tensor(port).data.copy() for name, port in self._outputs.items()}


def _named(before: Sequence[Any], after: Sequence[Any]) -> dict[str, Any]:
    """Give compiled ports by the names that the graph had: compiling adds names of what it merges."""
    return {min(port.names): compiled for port, compiled in zip(before, after, strict=True)}
