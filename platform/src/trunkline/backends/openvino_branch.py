"""A version's own layers and head as one OpenVINO graph."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from trunkline.backends.backend import States
from trunkline.backends.openvino_core import ov, state
from trunkline.backends.openvino_runner import Runners
from trunkline.backends.openvino_stem import OpenVinoStates
from trunkline.records import BranchSpec


def layers_read(spec: BranchSpec) -> tuple[int, ...]:
    """Give the layers whose states a branch of this spec reads, in ascending order."""
    return tuple(range(spec.fork_layer + 1)) if spec.reads == "mix" else (spec.fork_layer,)


class OpenVinoBranch:
    """A compiled branch, with the graph that it was compiled of."""

    def __init__(self, graph: ov.Model, runners: Runners, spec: BranchSpec) -> None:
        self.fork_layer = spec.fork_layer
        self.reads = layers_read(spec)
        self.graph = graph
        self._runner = runners.make(graph)

    def run(self, states: Mapping[int, States]) -> dict[str, NDArray[np.float32]]:
        read = {layer: found for layer in self.reads if isinstance(found := states[layer], OpenVinoStates)}
        hidden = {state(layer): found.hidden for layer, found in read.items() if found.hidden is not None}
        return self._runner(mask=read[self.reads[-1]].tokens.mask, **hidden)
