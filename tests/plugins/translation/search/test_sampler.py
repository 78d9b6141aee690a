"""What may be drawn, and how likely, is what transformers' warpers leave."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers.generation import logits_process as theirs

from trunkline_translation.search import Sampling
from trunkline_translation.search.sampler import FIRST_LOOK, Sampler, distribution

CHOICES = [
    Sampling(),
    Sampling(temperature=0.7),
    Sampling(top_k=1),
    Sampling(top_k=5, temperature=1.5),
    Sampling(top_k=500),
    Sampling(top_p=0.9),
    Sampling(top_p=0.999, temperature=2.0),
    Sampling(top_p=1e-6),
    Sampling(top_k=30, top_p=0.8, temperature=0.9),
]


@pytest.mark.parametrize("sampling", CHOICES, ids=str)
@pytest.mark.parametrize("sharpness", [0.3, 4.0])
def test_the_distribution_is_that_of_transformers(sampling: Sampling, sharpness: float) -> None:
    row = (np.random.default_rng(8).normal(size=10 * FIRST_LOOK) * sharpness).astype(np.float32)
    row[::9] = -np.inf
    scores = torch.from_numpy(row)[None].double()
    steps = [theirs.TemperatureLogitsWarper(sampling.temperature)]
    steps += [theirs.TopKLogitsWarper(sampling.top_k)] if sampling.top_k else []
    steps += [theirs.TopPLogitsWarper(sampling.top_p)] if sampling.top_p < 1 else []
    for step in steps:
        scores = step(None, scores)
    ids, probabilities = distribution(row, sampling)
    found = np.zeros(len(row))
    found[ids] = probabilities
    assert found == pytest.approx(scores.softmax(-1)[0].numpy(), abs=1e-9)


def test_draws_follow_the_distribution() -> None:
    row = np.log(np.array([0.5, 0.3, 0.15, 0.05], np.float32))
    draw = Sampler(Sampling(seed=11), 0)
    counts = np.bincount([draw(row) for _ in range(4000)], minlength=4) / 4000
    assert counts == pytest.approx([0.5, 0.3, 0.15, 0.05], abs=0.03)


def test_samples_of_a_seed_differ() -> None:
    row = np.zeros(1000, np.float32)
    draws = [[Sampler(Sampling(seed=seed), number)(row) for number in range(3)] for seed in range(3)]
    assert len({one for each in draws for one in each}) == 9
