"""A stem and branches as one OpenVINO graph, so that no state leaves it on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from trunkline.backends.backend import States
from trunkline.backends.openvino_core import ov, state
from trunkline.backends.openvino_runner import Runners
from trunkline.trunk.batch import TokenBatch

SCRATCH = 16 * 2**20
"""Bytes that a graph takes for what it computes, about: a MiniLM's takes 15 to 25 MiB, at 1,024 tokens a pass."""
SHARE = {"f32": 1.0, "bf16": 0.5}
"""What becomes of a number of 4 bytes, by the precision that OpenVINO is asked for."""


class Graphed(Protocol):
    """A branch that keeps the graph that it was compiled of."""

    @property
    def graph(self) -> ov.Model: ...


class OpenVinoFused:
    """A compiled graph of a stem and some branches; `size` is an estimate, see `weights_of`."""

    def __init__(
        self,
        graph: ov.Model,
        runners: Runners,
        shown: Sequence[int],
        resume: Callable[[TokenBatch, int, NDArray[np.float32]], States],
    ) -> None:
        """Compile what `fused` made; `resume` makes states of a layer's numbers."""
        self._shown = shown
        self._resume = resume
        self._runner = runners.make(graph)
        self._names = [name.split("/", 1) for port in graph.outputs for name in port.names if "/" in name]
        self.size = int(SHARE[runners.settings["INFERENCE_PRECISION_HINT"]] * weights_of(graph)) + SCRATCH

    def run(self, batch: TokenBatch) -> tuple[list[dict[str, NDArray[np.float32]]], dict[int, States]]:
        found = self._runner(ids=batch.ids, type_ids=batch.type_ids, mask=batch.mask)
        outputs: list[dict[str, NDArray[np.float32]]] = [{} for _ in {number for number, _ in self._names}]
        for number, name in self._names:
            outputs[int(number)][name] = found[f"{number}/{name}"]
        return outputs, {layer: self._resume(batch, layer, found[state(layer)]) for layer in self._shown}


def fused(stem: ov.Model, branches: Sequence[ov.Model], shown: Sequence[int]) -> ov.Model:
    """Put branches onto a copy of a stem's graph; their outputs are called "0/logits", "1/logits", ..."""
    whole = stem.clone()
    states = {name: port.node for port in whole.outputs for name in port.names}
    inputs = {name: node for node in whole.get_parameters() for name in node.output(0).names}
    results = [states[state(layer)] for layer in shown]
    for number, branch in enumerate(branches):
        part = branch.clone()
        for parameter in part.get_parameters():
            [name] = parameter.output(0).names
            source = inputs[name].output(0) if name == "mask" else states[name].input_value(0)
            for target in parameter.output(0).get_target_inputs():
                target.replace_source_output(source)
        for port in part.outputs:
            port.get_tensor().set_names({f"{number}/{min(port.names)}"})
            results.append(port.node)
    return ov.Model(results, list(whole.get_parameters()))


def weights_of(graph: ov.Model) -> int:
    """Count the bytes of a graph's constants but tables that are looked up in: those stay in their file."""
    constants = (node for node in graph.get_ops() if node.get_type_name() == "Constant")
    return sum(node.get_byte_size() for node in constants if not _looked_up(node))


def _looked_up(node: ov.Node) -> bool:
    return any(target.get_node().get_type_name() == "Gather" for target in node.output(0).get_target_inputs())
