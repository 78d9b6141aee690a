"""A version's own layers and head as one graph in ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from trunkline.backends.backend import States
from trunkline.backends.naming import state
from trunkline.backends.onnxruntime_session import Session
from trunkline.backends.onnxruntime_stem import OnnxRuntimeStates
from trunkline.records import BranchSpec


class OnnxRuntimeBranch:
    """A converted branch."""

    def __init__(self, session: Session, spec: BranchSpec) -> None:
        self.fork_layer = spec.fork_layer
        self.reads = tuple(range(spec.fork_layer + 1)) if spec.reads == "mix" else (spec.fork_layer,)
        self._session = session

    def run(self, states: Mapping[int, States]) -> dict[str, NDArray[np.float32]]:
        read = {layer: found for layer in self.reads if isinstance(found := states[layer], OnnxRuntimeStates)}
        hidden = {state(layer): found.hidden for layer, found in read.items()}
        return self._session(mask=read[self.reads[-1]].mask, **hidden)
