"""Marian's SSRU: a recurrent cell without a product in its recurrence, in the place of self-attention.

Kim et al. 2019, "From Research to Production and Back: Ludicrously Fast Neural Machine Translation"; marian-dev,
src/rnn/cells.h. For an input x and the cell's state c: f = sigmoid(W_f x + b_f), c = f c + (1 - f) W x, and the output
is relu(c).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from trunkline_translation.decoders.products import Packing


class SSRU(nn.Module):
    """The cell over whole targets. Its state begins at zero."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.input = nn.Linear(width, width, bias=False)
        self.forget = nn.Linear(width, width)

    def forward(self, hidden: Tensor) -> Tensor:
        """Turn (B, T, width) into the same, each place from those up to it."""
        kept = torch.sigmoid(self.forget(hidden))
        added = (1 - kept) * self.input(hidden)
        state, states = torch.zeros_like(added[:, 0]), []
        for place in range(hidden.shape[1]):
            state = kept[:, place] * state + added[:, place]
            states.append(state)
        return torch.relu(torch.stack(states, dim=1))


class SSRUStep:
    """The cell for one token of each slot."""

    def __init__(self, cell: SSRU, packing: Packing) -> None:
        self.input, self.forget = packing.product([cell.input]), packing.product([cell.forget])

    def __call__(self, hidden: Tensor, state: Tensor) -> Tensor:
        """Turn (N, width) into the same; the state (N, width) is advanced in its place."""
        kept = torch.sigmoid(self.forget(hidden))
        added = self.input(hidden)
        state.copy_(torch.lerp(added, state, kept))
        return torch.relu(state)
