"""A prepared decoder behind arrays of numpy, as a search talks to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.utils.rnn import pad_sequence

from trunkline_translation.decoders.cache import Cache
from trunkline_translation.decoders.prepared import Prepared


class Stepper:
    """Serves one prepared decoder; call it from one thread at a time."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared

    def start(self, memories: Sequence[NDArray[np.float32]], /) -> Cache:
        """Begin a row for each of the memories, each (slots, width): the encoder's states without padding."""
        states = [torch.from_numpy(np.require(memory, np.float32, ["C", "W"])) for memory in memories]
        padded = pad_sequence(states, batch_first=True).to(self._prepared.device)
        lengths = torch.tensor([len(memory) for memory in states], device=padded.device)
        return self._prepared.start(padded, torch.arange(padded.shape[1], device=padded.device) < lengths.unsqueeze(1))

    def step(self, ids: NDArray[np.int64], cache: Cache, /) -> NDArray[np.float32]:
        """Show each row its next token, ids (rows,), and give the logits of the one after, (rows, vocabulary).

        Raises `InvalidInput` beyond the last position that was learned.
        """
        logits = self._prepared.step(torch.from_numpy(ids).to(self._prepared.device), cache)
        array: NDArray[np.float32] = logits.float().cpu().numpy()
        return array
