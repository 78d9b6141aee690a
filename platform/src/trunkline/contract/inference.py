"""The only door from a task to the models."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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


class TokenCounter(Protocol):
    """How long texts are to a trunk; any thread may use it."""

    @property
    def max_length(self) -> int:
        """Tokens in one window, special ones included."""
        ...

    def count(self, texts: Sequence[str]) -> Sequence[int]:
        """Count the tokens of each text, special ones included."""
        ...

    def unknown(self, text: str) -> Collection[str]:
        """Give the characters of `text` that the trunk reads as unknown, each by itself; known ones are looked up."""
        ...


class Keeping(Protocol):
    """The states of texts, as a version that reads pairs apart wants them, in a folder of the caller's.

    They serve every version that joins pairs at the same layer of the same trunk.
    """

    @property
    def trunk(self) -> str:
        """The id of the version's trunk."""
        ...

    @property
    def layer(self) -> int:
        """The layer at which it joins the two texts of a pair."""
        ...

    @property
    def folder(self) -> Path:
        """The folder in the caller's that holds them: those of other engines, trunks and layers lie beside it."""
        ...

    @property
    def size(self) -> int:
        """Bytes on disk."""
        ...

    def needed(self, texts: Sequence[str]) -> int:
        """Tell how many bytes on disk the states of those of `texts` take that are not kept; takes time to tokenise."""
        ...

    def missing(self, texts: Sequence[str]) -> Sequence[str]:
        """Give those of `texts` whose states are not kept, each once; takes time to tokenise."""
        ...

    async def keep(self, texts: Sequence[str]) -> None:
        """Compute and keep, durably, the states of those of `texts` that are not kept; they are used from then on.

        Raises what `Inference.predict` raises, `InvalidInput` where the disk has no room for them, `EnvironmentFault`
        where it is full or the folder's own is gone.
        """
        ...

    def keep_only(self, texts: Sequence[str]) -> None:
        """Let go of the states of all other texts, and of those that are damaged; reads all that is kept."""
        ...

    def close(self) -> None:
        """Use them no more; the folder may be removed then."""
        ...


class Inference(Protocol):
    """What a task may ask of the running engine."""

    async def predict(self, task: str, model: str | None, inputs: Sequence[EncoderInput]) -> Answer:
        """Run a version's stem, branch and head on `inputs`, and decode.

        `model` is a reference with or without `task/`; None stands for the only model of the task.
        Raises `NotFound`, `Overloaded`, `DeadlineExceeded`, `EngineStopped`, `InvalidInput`.
        """
        ...

    async def generate(
        self, task: str, model: str | None, inputs: Sequence[EncoderInput], prompts: Sequence[Any]
    ) -> Answer:
        """Have a version with a decoder write an answer to each of `inputs`, each told by its prompt how.

        The encoder's part is planned with everybody else's; what is written leaves as soon as it ends. Predictions
        are what the task's `generation` gave. Raises what `predict` raises, and what ended an answer.
        """
        ...

    async def token_counter(self, task: str, model: str | None) -> TokenCounter:
        """Give what counts tokens as a version's trunk reads them. Raises `NotFound`, `InvalidInput`."""
        ...

    async def hidden_states(
        self, trunk: str | None, inputs: Sequence[EncoderInput], layers: Sequence[int]
    ) -> Sequence[Sequence[HiddenStates]]:
        """Give the states of each input at each of `layers`, both in the order asked for.

        `trunk` is its name or the start of its id; None stands for the only one loaded.
        """
        ...

    async def keeping(self, folder: Path, task: str, model: str | None) -> Keeping | None:
        """Open the states in `folder` that a version reads of the second texts of pairs, and have the engine use them.

        A passage that is kept so is never run through the stem again, whatever is asked about it. None where the
        version reads both texts of a pair as one: then nothing can be kept. Raises `NotFound`, `InvalidInput`.
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
