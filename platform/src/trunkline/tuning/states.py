"""Where the states that a branch reads come from: the cache, the frozen stem, or an encoder that learns too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from trunkline.records import BranchSpec
from trunkline.trunk.encoder import Encoder
from trunkline.tuning.layout import Layout


class Source(Protocol):
    """Gives the states at the layers that a branch reads, for the windows that an index names."""

    def states(self, index: Tensor, mask: Tensor) -> list[Tensor]:
        """Give (rows, length, width) a layer, for index and mask of shape (rows, length)."""
        ...


def layers_read(spec: BranchSpec) -> tuple[int, ...]:
    """The layers whose states a branch of this spec reads, in its order."""
    return tuple(range(spec.fork_layer + 1)) if spec.reads == "mix" else (spec.fork_layer,)


def autocast(precision: str) -> Any:
    """Compute in `precision` ("bf16" or "fp32") on the CPU within this context."""
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16")


def dtype_of(precision: str) -> torch.dtype:
    return torch.bfloat16 if precision == "bf16" else torch.float32


@dataclass(frozen=True, slots=True, eq=False)
class Cached:
    """States read from memory-mapped tables of (tokens + 1, width), one a layer."""

    tables: Sequence[Tensor]

    def states(self, index: Tensor, mask: Tensor) -> list[Tensor]:
        flat = index.flatten()
        return [table.index_select(0, flat).view(*index.shape, -1) for table in self.tables]


@dataclass(frozen=True, slots=True, eq=False)
class InFull:
    """Another source's states in fp32, for a branch that does not run in the precision of the cache."""

    source: Source

    def states(self, index: Tensor, mask: Tensor) -> list[Tensor]:
        return [states.float() for states in self.source.states(index, mask)]


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """Another source's states, of texts laid out by themselves, for windows of two of them side by side."""

    source: Source
    places: Tensor  # (tokens + 1,) of each token of the windows, in the other source's layout

    def states(self, index: Tensor, mask: Tensor) -> list[Tensor]:
        return self.source.states(self.places[index], mask)


class Apart:
    """States computed whenever they are asked for, each text of a joined window by itself."""

    def __init__(self, computed: Computed, layout: Layout) -> None:
        self._computed = computed
        self._layout = layout

    def states(self, index: Tensor, mask: Tensor) -> list[Tensor]:
        """Give (rows, length, width) a layer; what lies under the padding is anything."""
        tokens = np.minimum(index.numpy(), self._layout.tokens - 1)
        owners = np.searchsorted(self._layout.starts, tokens, side="right") - 1
        texts, ranks = np.unique(owners, return_inverse=True)
        width = int(self._layout.lengths[texts].max())
        alone = torch.from_numpy(self._layout.index(texts, width))
        places = torch.from_numpy(ranks.reshape(tokens.shape) * width + tokens - self._layout.starts[owners])
        found = self._computed.states(alone, alone != self._layout.tokens)
        return [states.flatten(0, 1)[places] for states in found]


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """The same states whatever is asked: one batch, held fast to be measured."""

    held: Sequence[Tensor]

    def states(self, index: Tensor, mask: Tensor) -> list[Tensor]:
        return list(self.held)


class Computed:
    """States computed from the token ids whenever they are asked for.

    A frozen stem gives them without gradients, in the `dtype` that a cache would have kept; one that `learns` is
    part of what trains.
    """

    def __init__(
        self, encoder: Encoder, layout: Layout, layers: Sequence[int], dtype: torch.dtype | None, learns: bool = False
    ) -> None:
        self._encoder = encoder
        self._ids = torch.from_numpy(layout.ids)
        self._type_ids = torch.from_numpy(layout.type_ids)
        self._layers = tuple(layers)
        self._dtype = dtype
        self._learns = learns

    def states(self, index: Tensor, mask: Tensor) -> list[Tensor]:
        if self._learns:
            return self._advance(index, mask)
        with torch.no_grad():
            return [hidden.to(self._dtype) for hidden in self._advance(index, mask)]

    def _advance(self, index: Tensor, mask: Tensor) -> list[Tensor]:
        hidden, at, found = self._encoder.embed(self._ids[index], self._type_ids[index], mask), 0, []
        for layer in self._layers:
            hidden, at = self._encoder.advance(hidden, mask, at, layer), layer
            found.append(hidden)
        return found
