"""Tables of positions against transformers' own."""

from __future__ import annotations

import pytest
import torch
from transformers.models.m2m_100.modeling_m2m_100 import M2M100SinusoidalPositionalEmbedding
from transformers.models.marian.modeling_marian import MarianSinusoidalPositionalEmbedding
from transformers.models.t5.modeling_t5 import T5Attention

from trunkline_translation.decoders.positions import buckets, sinusoids


@pytest.mark.parametrize("width", [8, 9, 512])
def test_sinusoids(width: int) -> None:
    marian = MarianSinusoidalPositionalEmbedding(70, width)
    assert torch.equal(sinusoids(70, width, "sinusoidal"), marian.create_weight())
    m2m_100 = M2M100SinusoidalPositionalEmbedding.get_embedding(70, width)
    assert torch.equal(sinusoids(70, width, "tensor2tensor"), m2m_100)


@pytest.mark.parametrize(("count", "most"), [(32, 128), (8, 20), (4, 3)])
def test_buckets(count: int, most: int) -> None:
    distance = torch.arange(300)
    theirs = T5Attention._relative_position_bucket(-distance, bidirectional=False, num_buckets=count, max_distance=most)
    assert torch.equal(buckets(distance, count, most), theirs)
