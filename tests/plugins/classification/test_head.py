"""The pooled head and the loss, against torch by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from trunkline_classification.config import ClassifierConfig
from trunkline_classification.head import build_head, classification_loss


def config(**changes: Any) -> ClassifierConfig:
    return ClassifierConfig(labels=("a", "b", "c"), **changes)


@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_pooling_reads_the_tokens_alone(pooling: Any) -> None:
    head = build_head(config(pooling=pooling), 8).eval()
    hidden = torch.randn(2, 6, 8)
    mask = torch.arange(6) < torch.tensor([[6], [3]])
    got = head(hidden.masked_fill(~mask.unsqueeze(-1), 1e3), mask)["logits"]
    for row, length in enumerate((6, 3)):
        pooled = hidden[row, :length].mean(dim=0) if pooling == "mean" else hidden[row, 0]
        torch.testing.assert_close(got[row], head.classifier(pooled))


def test_dropout_only_trains() -> None:
    head = build_head(config(dropout=0.5), 8)
    states = torch.randn(1, 4, 8), torch.ones(1, 4, dtype=torch.bool)
    assert not torch.equal(head.train()(*states)["logits"], head(*states)["logits"])
    assert torch.equal(head.eval()(*states)["logits"], head(*states)["logits"])


def test_single_label_loss() -> None:
    logits, targets = torch.randn(5, 3), torch.tensor([0, 1, 2, 2, -100])
    plain = classification_loss(logits, targets, config())
    torch.testing.assert_close(plain, F.cross_entropy(logits[:4], targets[:4]))
    weights = (1.0, 2.0, 0.5)
    got = classification_loss(logits.bfloat16(), targets, config(class_weights=weights, label_smoothing=0.1))
    wanted = F.cross_entropy(logits.bfloat16().float(), targets, weight=torch.tensor(weights), label_smoothing=0.1)
    assert got.dtype == torch.float32
    torch.testing.assert_close(got, wanted)


def test_multi_label_loss() -> None:
    logits, targets = torch.randn(5, 3), torch.randint(0, 2, (5, 3)).float()
    got = classification_loss(logits, targets, config(multi_label=True, class_weights=(1.0, 2.0, 3.0)))
    wanted = F.binary_cross_entropy_with_logits(logits, targets, pos_weight=torch.tensor([1.0, 2.0, 3.0]))
    torch.testing.assert_close(got, wanted)
    sharp = classification_loss(targets * 200 - 100, targets, config(multi_label=True, label_smoothing=0.2))
    assert sharp > 5  # smoothed targets punish certainty
