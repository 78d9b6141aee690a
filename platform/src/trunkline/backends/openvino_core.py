"""OpenVINO itself: the CPU as it sees it, and graphs cut at layers' states."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # never imported: it would call home

import numpy as np  # noqa: E402
import openvino as ov  # noqa: E402

from trunkline.backends.naming import FINAL, HIDDEN, state  # noqa: E402

__all__ = [
    "FINAL", "HIDDEN", "HINTS", "LENGTH_MULTIPLE", "computes_bf16", "cut", "options", "ov", "save", "state",
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
