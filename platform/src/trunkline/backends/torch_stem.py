"""A trunk's embeddings and layers in PyTorch, and the states that pass between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from trunkline.backends.backend import Branch, States
from trunkline.backends.torch_team import dismiss
from trunkline.records import TrunkInfo
from trunkline.trunk.batch import TokenBatch
from trunkline.trunk.encoder import Encoder


@contextmanager
def computing(device: torch.device, dtype: torch.dtype | None) -> Iterator[None]:
    """Run without gradients; matrix products in `dtype`, or in the weights' own where it is None."""
    with torch.inference_mode(), nullcontext() if dtype is None else torch.autocast(device.type, dtype=dtype):
        yield


@dataclass(frozen=True, slots=True, eq=False)
class TorchStates:
    """Hidden states (rows, length, width) at one layer, with their mask `seen` (rows, length)."""

    hidden: torch.Tensor
    seen: torch.Tensor
    layer: int
    encoder: Encoder

    @property
    def rows(self) -> int:
        return int(self.hidden.shape[0])

    @property
    def mask(self) -> NDArray[np.bool_]:
        mask: NDArray[np.bool_] = self.seen.cpu().numpy()
        return mask

    def take(self, rows: NDArray[np.intp]) -> TorchStates:
        index = torch.from_numpy(np.ascontiguousarray(rows, dtype=np.int64)).to(self.hidden.device)
        with torch.inference_mode():
            return replace(self, hidden=self.hidden[index], seen=self.seen[index])

    def numpy(self) -> NDArray[np.float32]:
        with torch.inference_mode():
            last = self.layer == self.encoder.n_layers
            hidden = self.hidden.float()
            return as_numpy(self.encoder.finish(hidden) if last else hidden)

    def raw(self) -> NDArray[np.float32]:
        return as_numpy(self.hidden)


def as_numpy(tensor: torch.Tensor) -> NDArray[np.float32]:
    """Give a tensor's numbers as fp32, sharing its memory where they are fp32 on the CPU already."""
    array: NDArray[np.float32] = tensor.float().cpu().numpy()
    return array


class TorchStem:
    """A trunk's embeddings and layers, loaded."""

    length_multiple = 1

    def __init__(self, encoder: Encoder, info: TrunkInfo, dtype: torch.dtype | None) -> None:
        self.encoder = encoder
        self.info = info
        self._dtype = dtype
        self._device = next(encoder.parameters()).device

    def embed(self, batch: TokenBatch) -> TorchStates:
        ids, type_ids, mask = (self._there(part) for part in (batch.ids, batch.type_ids, batch.mask))
        with computing(self._device, self._dtype):
            return TorchStates(self.encoder.embed(ids, type_ids, mask), mask, 0, self.encoder)

    def resume(self, batch: TokenBatch, layer: int, hidden: NDArray[np.float32]) -> TorchStates:
        return TorchStates(self._there(hidden), self._there(batch.mask), layer, self.encoder)

    def advance(self, states: States, layer: int) -> TorchStates:
        assert isinstance(states, TorchStates)
        if layer == states.layer:
            return states
        with computing(self._device, self._dtype):
            hidden = self.encoder.advance(states.hidden, states.seen, states.layer, layer)
        return replace(states, hidden=hidden, layer=layer)

    def pause(self) -> None:
        """Let go of torch's threads, which would slow those of a decoder."""
        dismiss()

    def rest(self, idle: float) -> bool:
        """Hold nothing that could be given back."""
        return False

    def fuse(self, branches: Sequence[Branch], shown: Sequence[int]) -> None:
        """Give nothing: PyTorch runs the same operations, whoever calls them."""

    def _there(self, array: NDArray[Any]) -> torch.Tensor:
        return torch.from_numpy(array).to(self._device)
