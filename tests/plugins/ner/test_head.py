"""The head: shapes, its loss, and that it can learn and be exported."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from trunkline import IGNORE
from trunkline_ner.task import NerTask

CONFIG = {"labels": ["a"], "tags": ["O", "B-a", "I-a"], "scheme": "IOB2", "layout": "linear", "dropout": 0.1}


def test_the_loss_is_the_mean_over_the_tokens_that_have_a_tag() -> None:
    logits = torch.randn(2, 4, 3)
    tags = torch.tensor([[0, 1, IGNORE, 2], [IGNORE, 0, IGNORE, IGNORE]])
    expected = torch.stack([F.cross_entropy(logits[b, t], tags[b, t]) for b, t in [(0, 0), (0, 1), (0, 3), (1, 1)]])
    loss = NerTask().loss({"logits": logits}, {"tags": tags}, CONFIG)
    assert torch.allclose(loss, expected.mean())


def test_a_batch_without_any_tag_has_no_loss_and_a_finite_gradient() -> None:
    logits = torch.randn(1, 2, 3, requires_grad=True)
    loss = NerTask().loss({"logits": logits}, {"tags": torch.full((1, 2), IGNORE)}, CONFIG)
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


def test_the_head_is_exported_as_one_graph() -> None:
    head = NerTask().build_head(CONFIG, 8).eval()
    arguments = (torch.randn(2, 5, 8), torch.ones(2, 5, dtype=torch.bool))
    exported = torch.export.export(head, arguments)
    assert torch.equal(exported.module()(*arguments)["logits"], head(*arguments)["logits"])
    assert head(*arguments)["logits"].shape == (2, 5, 3)
