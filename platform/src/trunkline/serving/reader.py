"""What reads a trunk's states: a version's branch and head, or somebody who wants the states themselves."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from trunkline.backends.backend import Branch, States
from trunkline.contract.head_task import HeadTask
from trunkline.contract.outputs import OutputRows, Outputs
from trunkline.errors import InvalidInput
from trunkline.records import Version
from trunkline.serving.computed import Alone, Computed
from trunkline.serving.writer import Writer
from trunkline.trunk.inputs import Encoded, EncoderInput, joined
from trunkline.trunk.states import HiddenStates
from trunkline.trunk.windows import Window, join


class TooManyTokens(InvalidInput):
    """The states of more tokens than the caller takes."""

    tokens = 0


class Reader(Protocol):
    """Something that reads states of a stem, and turns them into an answer."""

    @property
    def key(self) -> Hashable:
        """Equal keys of one trunk mean equal answers to equal inputs."""
        ...

    @property
    def label(self) -> str:
        """How statistics and messages call it."""
        ...

    @property
    def branch(self) -> Branch | None:
        """What computes it, where that is a version's."""
        ...

    @property
    def reads(self) -> Sequence[int]:
        """The layers that `run` wants, ascending."""
        ...

    @property
    def own_layers(self) -> int:
        """How many layers it runs above those that it reads."""
        ...

    def as_read(self, inputs: Sequence[EncoderInput]) -> Sequence[EncoderInput]:
        """Say how it reads what a call asks about."""
        ...

    def admit(self, inputs: Sequence[Encoded]) -> None:
        """Look at the inputs of one call before anything runs. Raises `InvalidInput` for what is too much."""
        ...

    def run(self, states: Mapping[int, States]) -> Outputs:
        """Compute on the stem's thread: outputs with the rows first."""
        ...

    def finish(self, inputs: Sequence[Computed]) -> Sequence[Any]:
        """Turn what was computed of some inputs into their answers; on any thread."""
        ...


class VersionReader:
    """A loaded version."""

    def __init__(
        self,
        version: Version,
        task: HeadTask[Any, Any, Any],
        branch: Branch,
        writer: Writer | None = None,
    ) -> None:
        """A version with a decoder has a `writer`, which its answers are handed to."""
        self.version = version
        self.task = task
        self.branch: Branch | None = branch
        self.label = version.reference
        self.key = version.reference
        self.reads = tuple(branch.reads)
        self.own_layers = version.branch.branch_layers
        self._joined_at = version.branch.joined_at
        self._run = branch.run
        self.writer = writer
        self._of_texts = all(axis == "text" for axis in task.output_axes.values())

    def as_read(self, inputs: Sequence[EncoderInput]) -> Sequence[EncoderInput]:
        """Join pairs where the version does."""
        return joined(inputs, self._joined_at)

    def admit(self, inputs: Sequence[Encoded]) -> None:
        """Take everything: the queue limits it."""

    def run(self, states: Mapping[int, States]) -> Outputs:
        return self._run(states)

    def finish(self, inputs: Sequence[Computed]) -> Sequence[Any]:
        """Give predictions; of a version with a decoder, what it is to attend to."""
        if self.writer is not None:
            return [self._joined(one)["memory"] for one in inputs]
        config = self.version.head_config
        if isinstance(inputs, Alone) and self._of_texts:
            rows = OutputRows({name: inputs.outputs[name] for name in self.task.output_axes})
            return self.task.decode_all(rows, inputs.encoded, config)
        outputs = [self._joined(one) for one in inputs]
        return self.task.decode_all(outputs, [one.encoded for one in inputs], config)

    def _joined(self, one: Computed) -> Outputs:
        axes = self.task.output_axes
        return {
            name: join(axis, [part[name] for part in one.parts], one.windows, len(one.encoded))
            for name, axis in axes.items()
        }


class SidesReader:
    """One who wants what a version that joins pairs reads of their second texts, to keep it."""

    branch = None
    own_layers = 0

    def __init__(self, layer: int) -> None:
        self.label = "kept-states"
        self.key = (self.label, layer)
        self.reads = (layer,)

    def as_read(self, inputs: Sequence[EncoderInput]) -> Sequence[EncoderInput]:
        return joined(inputs, self.reads[0])

    def admit(self, inputs: Sequence[Encoded]) -> None:
        """Take everything: the queue limits it."""

    def run(self, states: Mapping[int, States]) -> Outputs:
        return {"raw": states[self.reads[0]].raw()}

    def finish(self, inputs: Sequence[Computed]) -> Sequence[Sequence[tuple[Window, NDArray[np.float32]]]]:
        """Give each input's second windows with their states (slots, width), as the next layer reads them."""
        return [[_second(window, part) for window, part in zip(one.windows, one.parts, strict=True)] for one in inputs]


def _second(window: Window, part: Outputs) -> tuple[Window, NDArray[np.float32]]:
    first, second = window.sides
    return second, part["raw"][len(first) : len(window)]


class StatesReader:
    """One who wants the hidden states at some layers."""

    label = "hidden-states"
    branch = None
    own_layers = 0

    def __init__(self, layers: Sequence[int], most_tokens: int | None = None) -> None:
        """`most_tokens` limits one call's inputs together, None does not."""
        self._most_tokens = most_tokens
        self.layers = tuple(layers)
        self.key = ("hidden-states", self.layers)
        self.reads = tuple(sorted(set(layers)))

    def as_read(self, inputs: Sequence[EncoderInput]) -> Sequence[EncoderInput]:
        return inputs

    def admit(self, inputs: Sequence[Encoded]) -> None:
        tokens = sum(map(len, inputs))
        if self._most_tokens is not None and tokens > self._most_tokens:
            error = TooManyTokens(
                f"the states of {tokens} tokens; at most {self._most_tokens} are taken: send less text"
            )
            error.tokens = tokens
            raise error

    def run(self, states: Mapping[int, States]) -> Outputs:
        return {str(layer): states[layer].numpy() for layer in self.reads}

    def finish(self, inputs: Sequence[Computed]) -> Sequence[Sequence[HiddenStates]]:
        return [[_hidden_states(layer, one) for layer in self.layers] for one in inputs]


def _hidden_states(layer: int, one: Computed) -> HiddenStates:
    windows, encoded = one.windows, one.encoded
    arrays = [part[str(layer)][: len(window.ids)] for part, window in zip(one.parts, windows, strict=True)]
    return HiddenStates(
        layer,
        tokens=join("token", arrays, windows, len(encoded)),
        offsets=encoded.offsets,
        first=join("text", [array[0] for array in arrays], windows, len(encoded)),
        mean=join("text", [array.mean(axis=0) for array in arrays], windows, len(encoded)),
    )
