"""Decoders of every family, and random memories for them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).parent))  # tests here import `decoder_pairs` beside this file

from decoder_pairs import MODELS, SSRU, WIDTH, Pair, make

from trunkline_translation.decoders import build_decoder
from trunkline_translation.decoders.decoder import Decoder


@pytest.fixture(params=sorted(MODELS))
def pair(request: pytest.FixtureRequest) -> Pair:
    return make(request.param)


@pytest.fixture(params=[*sorted(MODELS), "ssru"])
def decoder(request: pytest.FixtureRequest) -> Decoder:
    """One decoder of every family and the recurrent one."""
    if request.param != "ssru":
        return make(request.param).decoder
    torch.manual_seed(5)
    made = build_decoder(SSRU, WIDTH).double().eval()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return made


@pytest.fixture
def memories() -> Callable[..., tuple[Tensor, Tensor]]:
    """Give random memories of the lengths asked for, padded with noise, and their mask."""

    def draw(*lengths: int, seed: int = 0) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        memory = torch.randn(len(lengths), max(lengths), WIDTH, generator=generator, dtype=torch.float64)
        return memory, torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)

    return draw
