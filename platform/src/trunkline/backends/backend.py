"""What an engine must offer to run stems and branches: the seam between planning and arithmetic.

A backend keeps states in its own memory (`States` is opaque above this floor) and gives numpy only at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from trunkline.contract.decoder_task import DecoderTask
from trunkline.contract.generation import StepDecoder
from trunkline.contract.head_task import HeadTask
from trunkline.contract.whole_model import WholeModel
from trunkline.records import TrunkInfo, Version
from trunkline.records.evaluation import REFERENCE
from trunkline.trunk.batch import TokenBatch


class States(Protocol):
    """Hidden states of some rows of a batch at one layer, with their mask; immutable."""

    @property
    def layer(self) -> int:
        """The layer that these are the states after; 0: the embeddings."""
        ...

    @property
    def rows(self) -> int: ...

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(rows, length), true where a token is."""
        ...

    def take(self, rows: NDArray[np.intp]) -> States:
        """Give the states of these rows alone, in this order."""
        ...

    def numpy(self) -> NDArray[np.float32]:
        """Give (rows, length, width), the final norm applied where `layer` is the last."""
        ...

    def raw(self) -> NDArray[np.float32]:
        """Give (rows, length, width) as the next layer reads it: without the final norm. What `Stem.resume` takes."""
        ...


class Stem(Protocol):
    """A trunk's embeddings and layers, loaded; used by one thread at a time."""

    @property
    def info(self) -> TrunkInfo: ...

    @property
    def length_multiple(self) -> int:
        """What the lengths of batches are rounded up to, because it runs fastest so; 1: they are not."""
        ...

    def embed(self, batch: TokenBatch) -> States:
        """Run the embeddings: the states at layer 0."""
        ...

    def resume(self, batch: TokenBatch, layer: int, hidden: NDArray[np.float32]) -> States:
        """Take the states of `batch` at `layer`, which were computed before: (rows, length, width), as `raw` gave."""
        ...

    def advance(self, states: States, layer: int) -> States:
        """Run the layers from `states.layer` up to `layer`."""
        ...

    def fuse(self, branches: Sequence[Branch], shown: Sequence[int]) -> Fused | None:
        """Make one graph of the way from the tokens to the outputs of `branches`, which this backend loaded over it.

        It shows the states at the layers `shown` besides. None where this backend gains nothing by it. Takes a second
        or so; any thread may ask for it.
        """
        ...

    def pause(self) -> None:
        """Let go of threads that others could use: nothing has come for a moment; on the thread that runs it."""
        ...

    def rest(self, idle: float) -> bool:
        """Give back what graphs of this stem and its branches that did not run for `idle` seconds took to compute.

        Tells whether any is still awake; on the thread that runs them.
        """
        ...


class Branch(Protocol):
    """A version's own layers and head, loaded; used by one thread at a time."""

    @property
    def fork_layer(self) -> int: ...

    @property
    def reads(self) -> Sequence[int]:
        """The layers whose states `run` wants: the fork alone, or 0 to the fork for a mix."""
        ...

    def run(self, states: Mapping[int, States]) -> Mapping[str, NDArray[np.float32]]:
        """Run layers and head: each output with the rows first, token outputs padded as the batch is."""
        ...


class Fused(Protocol):
    """Stem and branches in one graph: nothing is handed over between them; used by one thread at a time."""

    @property
    def size(self) -> int:
        """Bytes of memory that it takes, about."""
        ...

    def run(self, batch: TokenBatch) -> tuple[Sequence[Mapping[str, NDArray[np.float32]]], Mapping[int, States]]:
        """Give each branch's outputs, rows first, and the states of the layers that are shown."""
        ...


class Backend(Protocol):
    """One way of running pieces, by name; stateless but for what it loads."""

    @property
    def name(self) -> str: ...

    @property
    def precision(self) -> str:
        """What it computes in: "fp32", "bf16", ..."""
        ...

    def load_stem(self, folder: Path, info: TrunkInfo) -> Stem:
        """Load a trunk from its folder (config.json, tokenizer.json, model.safetensors)."""
        ...

    def load_branch(self, stem: Stem, version: Version, weights: Path, task: HeadTask[Any, Any, Any]) -> Branch:
        """Load a version's branch from its safetensors file, over a stem that this backend loaded."""
        ...

    def load_decoder(
        self, version: Version, weights: Path, task: DecoderTask[Any, Any, Any], width: int
    ) -> StepDecoder:
        """Load the decoder of a version whose branch passes states of `width` on to it. Raises `MissingExtra`."""
        ...


@runtime_checkable
class WritesWhole(Protocol):
    """A backend that runs encoder, decoder and search of what writes by itself; the rest is torch's, in fp32."""

    def load_whole(self, version: Version, weights: Path, task: DecoderTask[Any, Any, Any], folder: Path) -> WholeModel:
        """Load a version's model over the trunk in `folder`. Raises `InvalidInput` for one that it cannot run."""
        ...


def answering(backend: Backend, task: HeadTask[Any, Any, Any]) -> tuple[str, str]:
    """Name the engine, and its precision, that in truth answers for `task` where `backend` was chosen."""
    if isinstance(backend, WritesWhole) and not isinstance(task, DecoderTask):
        return REFERENCE
    return backend.name, backend.precision
