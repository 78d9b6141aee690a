"""A version without layers of its own whose decoder reads the stem's states: they are passed on, and no graph is run.

OpenVINO 2026.4 corrupts memory where an input of a graph is its output as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from trunkline.backends.backend import States
from trunkline.backends.linear import LinearBranch
from trunkline.contract.decoder_task import DecoderTask
from trunkline.contract.head_task import HeadTask
from trunkline.records import Version


class PassingBranch:
    """Gives the states at its layer as they are read: with the final norm, where they are the last."""

    def __init__(self, fork_layer: int) -> None:
        self.fork_layer = fork_layer
        self.reads = (fork_layer,)

    @classmethod
    def of(cls, version: Version, task: HeadTask[Any, Any, Any]) -> Self | None:
        """Give a version's branch where it does nothing, else None."""
        branch = version.branch
        if not isinstance(task, DecoderTask) or branch.branch_layers or branch.reads != "last":
            return None
        return cls(branch.fork_layer)

    def run(self, states: Mapping[int, States]) -> dict[str, NDArray[np.float32]]:
        return {"memory": states[self.fork_layer].numpy()}


GRAPHLESS = (LinearBranch, PassingBranch)
"""Branches that need no graph of their own over a stem that is one."""
