"""Losses in parts against losses of a whole batch, and how much they hold."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from trunkline_translation.decoders import losses

VOCABULARY, WIDTH, TOKENS = 50, 8, 23


def material() -> tuple[Tensor, Tensor, Tensor]:
    """Give states, a weight and ids."""
    generator = torch.Generator().manual_seed(0)
    states = torch.randn(TOKENS, WIDTH, generator=generator).requires_grad_()
    weight = torch.randn(VOCABULARY, WIDTH, generator=generator).requires_grad_()
    return states, weight, torch.randint(VOCABULARY, (TOKENS,), generator=generator)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_losses_in_parts_and_their_gradients_are_those_of_the_whole(
    smoothing: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(losses, "LOGITS", 5 * VOCABULARY)
    states, weight, ids = material()
    found = losses.token_losses(lambda some: some @ weight.T, states, ids, VOCABULARY, smoothing)
    ours = torch.autograd.grad(found.mean(), (states, weight))
    whole = F.cross_entropy(states @ weight.T, ids, reduction="none", label_smoothing=smoothing)
    theirs = torch.autograd.grad(whole.mean(), (states, weight))
    torch.testing.assert_close(found, whole)
    for mine, right in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, right)


@pytest.mark.parametrize(("at_once", "calls"), [(TOKENS, [TOKENS]), (10, [10, 10, 3, 3, 10, 10]), (0, None)])
def test_no_more_logits_than_the_limit_are_made_at_once(
    at_once: int, calls: list[int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(losses, "LOGITS", at_once * VOCABULARY)
    states, weight, ids = material()
    asked: list[int] = []

    def project(some: Tensor) -> Tensor:
        asked.append(len(some))
        return some @ weight.T

    losses.token_losses(project, states, ids, VOCABULARY).sum().backward()
    assert sorted(asked) == sorted(calls or 2 * TOKENS * [1])  # in parts, each is projected again for its gradient


def test_losses_of_half_precision_are_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losses, "LOGITS", 10 * VOCABULARY)
    states, weight, ids = material()
    with torch.autocast("cpu", torch.bfloat16):
        found = losses.token_losses(lambda some: F.linear(some, weight), states, ids, VOCABULARY)
    found.mean().backward()
    assert found.dtype == torch.float32
    assert weight.grad is not None
    torch.testing.assert_close(found, F.cross_entropy(states @ weight.T, ids, reduction="none"), rtol=0.05, atol=0.05)
