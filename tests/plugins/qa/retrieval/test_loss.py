"""The head as it begins, and the loss: against cross entropy over pairs written out."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from trunkline_qa.retrieval.head import VectorHead, contrastive_loss

T = 0.05


@pytest.fixture
def hidden() -> Tensor:
    return torch.randn(6, 5, 16, generator=torch.Generator().manual_seed(0))


def batch(rows: list[tuple[int, int, int, int]], seed: int = 0) -> tuple[Tensor, dict[str, Tensor]]:
    """Rows of (query, text, asks, clicked), with random vectors."""
    vectors = torch.randn(len(rows), 8, generator=torch.Generator().manual_seed(seed), requires_grad=True)
    columns = torch.tensor(rows).T
    return vectors, dict(zip(("query", "text", "asks", "clicked"), columns, strict=True))


def pair(query: int, text: int, clicked: int = 1) -> list[tuple[int, int, int, int]]:
    return [(query, text, 1, clicked), (query, text, 0, clicked)]


def logits(vectors: Tensor, queries: list[int], texts: list[int]) -> Tensor:
    unit = F.normalize(vectors, dim=1)
    return unit[queries] @ unit[texts].T / T


def test_an_untrained_head_is_mean_pooling(hidden: Tensor) -> None:
    mask = torch.ones(6, 5, dtype=torch.bool)
    mask[2, 3:] = False
    found = VectorHead({"dimension": None}, 16)(hidden, mask)["vector"]
    means = torch.stack([row[keep].mean(dim=0) for row, keep in zip(hidden, mask, strict=True)])
    torch.testing.assert_close(found, means)


def test_fewer_numbers_begin_as_an_orthogonal_projection(hidden: Tensor) -> None:
    mask = torch.ones(6, 5, dtype=torch.bool)
    head = VectorHead({"dimension": 4}, 16)
    assert head(hidden, mask)["vector"].shape == (6, 4)
    rows = head.projection.weight
    torch.testing.assert_close(rows @ rows.T, torch.eye(4), rtol=1e-4, atol=1e-4)


def test_pairs_are_told_from_each_other_in_both_directions() -> None:
    vectors, targets = batch([*pair(1, 11), *pair(2, 12), *pair(3, 13)])
    scores, own = logits(vectors, [0, 2, 4], [1, 3, 5]), torch.arange(3)
    expected = (F.cross_entropy(scores, own) + F.cross_entropy(scores.T, own)) / 2
    torch.testing.assert_close(contrastive_loss(vectors, targets, T), expected)


def test_other_right_texts_of_a_query_are_never_wrong() -> None:
    """Query 1 has two right texts, in rows of its own; each is told from the third text alone."""
    vectors, targets = batch([*pair(1, 11), *pair(1, 12), *pair(2, 13)])
    with torch.no_grad():
        vectors[2] = vectors[0]  # the same query
    scores = logits(vectors, [0, 4], [1, 3, 5])
    to_texts = [
        F.cross_entropy(scores[0, [0, 2]][None], torch.tensor([0])),
        F.cross_entropy(scores[0, [1, 2]][None], torch.tensor([0])),
        F.cross_entropy(scores[1][None], torch.tensor([2])),
    ]
    to_queries = [F.cross_entropy(scores[:, text][None], torch.tensor([text // 2])) for text in range(3)]
    expected = (torch.stack(to_texts).mean() + torch.stack(to_queries).mean()) / 2
    torch.testing.assert_close(contrastive_loss(vectors, targets, T), expected)


def test_one_text_that_two_queries_found_is_wrong_for_neither() -> None:
    vectors, targets = batch([*pair(1, 11), *pair(2, 11)])
    assert float(contrastive_loss(vectors, targets, T).detach()) == 0  # there is nothing wrong to tell it from


def test_what_was_not_clicked_is_wrong_for_its_query() -> None:
    vectors, targets = batch([*pair(1, 11), *pair(1, 12, clicked=0)])
    with torch.no_grad():
        vectors[2] = vectors[0]
    to_texts = F.cross_entropy(logits(vectors, [0], [1, 3]), torch.tensor([0]))
    torch.testing.assert_close(contrastive_loss(vectors, targets, T), to_texts / 2)  # to queries there is but one


def test_a_text_clicked_in_one_row_is_right_though_not_in_another() -> None:
    vectors, targets = batch([*pair(1, 11), *pair(1, 11, clicked=0), *pair(2, 12)])
    others, told = batch([*pair(1, 11), *pair(2, 12)])
    with torch.no_grad():
        vectors[[2, 3]] = vectors[[0, 1]]
        others.copy_(vectors[[0, 1, 4, 5]])
    torch.testing.assert_close(contrastive_loss(vectors, targets, T), contrastive_loss(others, told, T))


def test_windows_of_a_text_count_as_their_mean() -> None:
    vectors, targets = batch([*pair(1, 11), (1, 11, 0, 1), *pair(2, 12)])
    others, told = batch([*pair(1, 11), *pair(2, 12)])
    with torch.no_grad():
        others.copy_(torch.stack([vectors[0], (vectors[1] + vectors[2]) / 2, vectors[3], vectors[4]]))
    torch.testing.assert_close(contrastive_loss(vectors, targets, T), contrastive_loss(others, told, T))


@pytest.mark.parametrize(
    "rows",
    [
        pair(1, 11, clicked=0),
        pair(1, 11),
        [(1, 1, 1, 1)],  # a text that is its own query has no row as a text
        [(1, 11, 0, 1)],
    ],
)
def test_where_nothing_can_be_told_apart_the_loss_is_zero(rows: list[tuple[int, int, int, int]]) -> None:
    vectors, targets = batch(rows)
    loss = contrastive_loss(vectors, targets, T)
    loss.backward()
    assert float(loss.detach()) == 0
    assert torch.isfinite(vectors.grad).all()


def test_random_vectors_of_many_pairs_lose_about_the_logarithm_of_their_number() -> None:
    """At a temperature of 1 scores hardly differ."""
    vectors, targets = batch([row for number in range(64) for row in pair(number, 100 + number)])
    assert float(contrastive_loss(vectors, targets, 1.0).detach()) == pytest.approx(math.log(64), abs=0.2)
