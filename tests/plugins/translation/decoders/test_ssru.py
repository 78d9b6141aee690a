"""SSRU against its formulas, place by place, in numpy."""

from __future__ import annotations

import numpy as np
import torch

from trunkline_translation.decoders.products import Packing
from trunkline_translation.decoders.ssru import SSRU, SSRUStep


def by_formula(cell: SSRU, inputs: np.ndarray) -> np.ndarray:
    """Kim et al. 2019: one row, (T, width)."""
    weight, forget = cell.input.weight.detach().numpy(), cell.forget.weight.detach().numpy()
    bias = cell.forget.bias.detach().numpy()
    state, outputs = np.zeros(inputs.shape[1]), []
    for place in inputs:
        kept = 1 / (1 + np.exp(-(forget @ place + bias)))
        state = kept * state + (1 - kept) * (weight @ place)
        outputs.append(np.maximum(state, 0))
    return np.stack(outputs)


def test_whole_targets_and_steps_follow_the_formula() -> None:
    torch.manual_seed(0)
    cell = SSRU(6).double()
    inputs = torch.randn(3, 7, 6, dtype=torch.float64)
    expected = np.stack([by_formula(cell, row.numpy()) for row in inputs])
    np.testing.assert_allclose(cell(inputs).detach().numpy(), expected, atol=1e-12)
    step, state = SSRUStep(cell, Packing()), torch.zeros(3, 6, dtype=torch.float64)
    for place in range(7):
        np.testing.assert_allclose(step(inputs[:, place], state).detach().numpy(), expected[:, place], atol=1e-12)
