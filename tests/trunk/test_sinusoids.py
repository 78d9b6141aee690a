"""Tables of positions equal transformers', number by number."""

from __future__ import annotations

import pytest
import torch
from transformers.models.m2m_100.modeling_m2m_100 import M2M100SinusoidalPositionalEmbedding
from transformers.models.marian.modeling_marian import MarianSinusoidalPositionalEmbedding

from trunkline.trunk.families.sinusoids import Sinusoids, m2m100_table, marian_table


@pytest.mark.parametrize(("positions", "width"), [(40, 32), (130, 31), (3, 512)])
def test_marians(positions: int, width: int) -> None:
    theirs = MarianSinusoidalPositionalEmbedding(positions, width).create_weight()
    assert torch.equal(marian_table(positions, width), theirs)


@pytest.mark.parametrize("padding", [0, 1, 7])
def test_m2m100s(padding: int) -> None:
    theirs = M2M100SinusoidalPositionalEmbedding(50, 32, padding)
    table = m2m100_table(40, 32, padding)
    assert torch.equal(table, theirs.weights[: len(table)])
    assert len(table) == padding + 1 + 40


def test_they_are_neither_trained_nor_kept() -> None:
    module = Sinusoids(marian_table(4, 8))
    assert not list(module.parameters())
    assert module.state_dict() == {}
    assert module(torch.tensor([[1, 3]])).shape == (1, 2, 8)
