"""What runs the frozen stem for states that are kept: torch, or the graphs that also serve."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from trunkline.backends import select
from trunkline.backends.backend import Stem
from trunkline.records import TrunkInfo
from trunkline.settings import Settings
from trunkline.trunk.batch import TokenBatch
from trunkline.trunk.encoder import Encoder
from trunkline.tuning.checkpoint import generators, restore_generators
from trunkline.tuning.states import autocast, dtype_of

Climb = Callable[[TokenBatch, Sequence[int]], Iterator[Tensor]]
"""Runs the stem once over a batch, and gives (rows, length, width) at each of the layers, which ascend."""


class StateEngine(Protocol):
    """One way to run the frozen stem; it draws from no generator."""

    @property
    def name(self) -> str:
        """The backend and what it computes in, "openvino bf16": states of another name are other states."""
        ...

    def running(self) -> AbstractContextManager[Climb]:
        """Make ready, and let go of what that took at the end."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class TorchEngine:
    """The encoder that is loaded anyway."""

    encoder: Encoder
    precision: str  # "bf16" or "fp32"

    @property
    def name(self) -> str:
        return f"torch {self.precision}"

    @contextmanager
    def running(self) -> Iterator[Climb]:
        encoder = self.encoder.with_products_in(dtype_of(self.precision))

        def climb(batch: TokenBatch, layers: Sequence[int]) -> Iterator[Tensor]:
            mask = torch.from_numpy(batch.mask)
            hidden, at = encoder.embed(torch.from_numpy(batch.ids), torch.from_numpy(batch.type_ids), mask), 0
            for layer in layers:
                hidden, at = encoder.advance(hidden, mask, at, layer), layer
                yield hidden

        with torch.no_grad(), autocast(self.precision):
            yield climb


@dataclass(frozen=True, slots=True, eq=False)
class OpenVinoEngine:
    """The trunk's graph, converted once and kept in the home's cache; it is loaded only while states are computed."""

    trunk: TrunkInfo
    folder: Path  # the trunk's files
    precision: str  # "bf16" or "fp32"
    settings: Settings

    @property
    def name(self) -> str:
        return f"openvino {self.precision}"

    def load(self) -> Stem:
        """Load the stem, converted first where that was never done: some seconds.

        Raises `MissingExtra` where OpenVINO is not installed, `EnvironmentFault` where the CPU has not the precision
        or the disk is full, and what the conversion raises.
        """
        tensors, rest = generators()
        wish = {"backend": "openvino", "precision": self.precision, "threads": torch.get_num_threads()}
        try:
            return select.choose(self.settings.model_copy(update=wish)).load_stem(self.folder, self.trunk)
        finally:  # a run that finds the graph converted must draw what the run that converted it drew
            restore_generators(tensors, rest)

    @contextmanager
    def running(self) -> Iterator[Climb]:
        stem = self.load()

        def climb(batch: TokenBatch, layers: Sequence[int]) -> Iterator[Tensor]:
            states = stem.embed(batch)
            for layer in layers:
                states = stem.advance(states, layer)
                yield torch.from_numpy(states.raw())

        yield climb
