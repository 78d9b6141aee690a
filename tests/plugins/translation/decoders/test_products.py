"""Packed products against torch's linear layers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from trunkline_translation.decoders.products import Packing

PACKINGS = [Packing(), Packing(reordered=True), Packing(torch.bfloat16), Packing(torch.bfloat16, reordered=True)]


@pytest.mark.parametrize("packing", PACKINGS, ids=str)
@pytest.mark.parametrize("rows", [1, 5, 32, 70])
@pytest.mark.parametrize("bias", [True, False])
def test_layers_side_by_side(packing: Packing, rows: int, bias: bool) -> None:
    torch.manual_seed(0)
    layers = [nn.Linear(24, outputs, bias=bias) for outputs in (8, 40)]
    given = torch.randn(rows, 24)
    with torch.inference_mode():
        expected = torch.cat([layers[0](given) * 0.5, layers[1](given)], dim=1)
        found = packing.product(layers, [0.5, 1.0])(given)
        alone = packing.product(layers[1:])(given)
    assert found.dtype == given.dtype
    near = 0.03 if packing.dtype else 1e-5
    torch.testing.assert_close(found, expected, rtol=0.0, atol=near)
    torch.testing.assert_close(alone, expected[:, 8:], rtol=0.0, atol=near)


def test_float64_stays_exact() -> None:
    torch.manual_seed(0)
    layer, given = nn.Linear(24, 8).double(), torch.randn(3, 24, dtype=torch.float64)
    assert torch.equal(Packing(reordered=True).product([layer])(given), layer(given))
