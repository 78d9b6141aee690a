"""The only door from a task to the models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from trunkline.records import TrunkInfo, Version
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.states import HiddenStates


@dataclass(frozen=True, slots=True)
class Answer:
    """Predictions of one version, one for each input, in the inputs' order."""

    model: str  # the version that answered, as task/name@number
    predictions: Sequence[Any]  # what the task's own `decode` returned


class Inference(Protocol):
    """What a task may ask of the running engine."""

    async def predict(self, task: str, model: str | None, inputs: Sequence[EncoderInput]) -> Answer:
        """Run a version's stem, branch and head on `inputs`, and decode.

        `model` is a reference with or without `task/`; None stands for the only model of the task.
        Raises `NotFound`, `Overloaded`, `DeadlineExceeded`, `EngineStopped`, `InvalidInput`.
        """
        ...

    async def hidden_states(
        self, trunk: str | None, inputs: Sequence[EncoderInput], layers: Sequence[int]
    ) -> Sequence[Sequence[HiddenStates]]:
        """Give the states of each input at each of `layers`, both in the order asked for.

        `trunk` is its name or the start of its id; None stands for the only one loaded.
        """
        ...

    def trunk_info(self, name: str | None) -> TrunkInfo:
        """Tell what is known of a trunk, named as for `hidden_states`. Raises `NotFound`, `InvalidInput`."""
        ...

    def version_info(self, task: str, model: str | None) -> Version:
        """Tell which version `predict` would ask now. Raises `NotFound`, `InvalidInput`."""
        ...

    def data_folder(self, plugin: str) -> Path:
        """Give the folder in which `plugin` may keep files; it exists."""
        ...
