from __future__ import annotations

import pytest
import torch
from torch import Tensor

from trunkline.trunk import attention

ROWS, HEADS, WIDTH = 3, 2, 8


def sides(length: int, dtype: torch.dtype) -> list[Tensor]:
    generator = torch.Generator().manual_seed(length)
    return [torch.randn(ROWS, HEADS, length, WIDTH, generator=generator).to(dtype) for _ in range(3)]


def masks(length: int) -> list[Tensor]:
    """Keys hidden for all queries alike, as padding is, and each query with keys of its own, as in a local window."""
    padding = torch.arange(length) < torch.tensor([length, 1, max(1, length - 2)])[:, None]
    near = (torch.arange(length)[:, None] - torch.arange(length)).abs() <= 2
    return [
        padding[:, None, None, :],
        near[None, None] & padding[:, None, None, :] | torch.eye(length, dtype=torch.bool),
    ]


def by_hand(query: Tensor, key: Tensor, value: Tensor, mask: Tensor, scale: float) -> Tensor:
    scores = (query.double() @ key.double().transpose(-1, -2) * scale).masked_fill(~mask, -torch.inf)
    return (scores.softmax(-1) @ value.double()).transpose(1, 2)


@pytest.mark.parametrize("length", [1, 5, 15, 16, 17, 33])
@pytest.mark.parametrize("scale", [None, 0.1])
def test_attends_as_the_formula_says_at_every_length(length: int, scale: float | None) -> None:
    for mask in masks(length):
        query, key, value = sides(length, torch.float32)
        found, _ = attention.attend(None, query, key, value, mask, scaling=scale)
        expected = by_hand(query, key, value, mask, scale or WIDTH**-0.5)
        torch.testing.assert_close(found.double(), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("length", [5, 16, 17])
def test_the_way_that_learns_gives_the_same_and_the_same_gradients(length: int) -> None:
    for mask in masks(length):
        learning = [side.requires_grad_() for side in sides(length, torch.bfloat16)]
        exact = [side.double().requires_grad_() for side in sides(length, torch.bfloat16)]
        found, _ = attention.attend(None, *learning, mask)
        expected = by_hand(*exact, mask, WIDTH**-0.5)
        torch.testing.assert_close(found.double(), expected, atol=3e-2, rtol=0)
        found.double().square().sum().backward()
        expected.square().sum().backward()
        for ours, theirs in zip(learning, exact, strict=True):
            torch.testing.assert_close(ours.grad.double(), theirs.grad, atol=0.15, rtol=0.1)


def test_dropout_takes_its_share_of_what_is_attended_to() -> None:
    length = 64
    query, key, _ = (side.requires_grad_() for side in sides(length, torch.float32))
    ones = torch.ones(ROWS, HEADS, length, WIDTH)
    torch.manual_seed(0)
    everything = torch.ones(ROWS, 1, 1, length, dtype=torch.bool)
    found = attention.attend(None, query, key, ones, everything, dropout=0.3)[0].detach()
    assert found.std() > 0.05  # without dropout every number is 1
    assert abs(float(found.mean()) - 1) < 0.02


@pytest.mark.parametrize("length", [1, 5, 16, 17])
def test_a_bias_by_position_is_added_and_hides_what_the_mask_hides(length: int) -> None:
    padding = masks(length)[0]
    bias = torch.randn(1, HEADS, length, length, generator=torch.Generator().manual_seed(2))
    whole = attention.masked_bias(bias, padding)
    query, key, value = sides(length, torch.float32)
    scores = query.double() @ key.double().transpose(-1, -2) + bias.double()
    expected = (scores.masked_fill(~padding, -torch.inf).softmax(-1) @ value.double()).transpose(1, 2)
    for learns in (False, True):  # bfloat16 learns by plain products, fp32 is fused
        given = [side.to(torch.bfloat16).requires_grad_() if learns else side for side in (query, key, value)]
        found, _ = attention.attend(None, *given, None, scaling=1.0, position_bias=whole)
        torch.testing.assert_close(found.double(), expected, atol=0.1 if learns else 1e-5, rtol=0)
