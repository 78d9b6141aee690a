from __future__ import annotations

import pytest
import torch
from torch import nn

from trunkline.trunk.dropout import Dropout, dropout, with_cheap_dropout


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_takes_its_share_and_scales_the_rest(share: float, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    values = torch.full((1000, 1001), 2.0, dtype=dtype)
    dropped = dropout(values, share)
    assert abs(float((dropped == 0).float().mean()) - share) < 0.002
    torch.testing.assert_close(dropped[dropped != 0].unique(), torch.tensor([2 / (1 - share)], dtype=dtype))


def test_places_are_drawn_one_by_one() -> None:
    """Four elements share a draw of 64 bits: none of them may tell of its neighbour."""
    torch.manual_seed(0)
    zero = (dropout(torch.ones(400_000), 0.5) == 0).view(-1, 4).float()
    assert torch.corrcoef(zero.T).fill_diagonal_(0).abs().max() < 0.01


def test_gradients_go_where_values_were_kept() -> None:
    torch.manual_seed(0)
    values = torch.ones(50, 7, requires_grad=True)
    dropped = dropout(values, 0.4)
    dropped.sum().backward()
    torch.testing.assert_close(values.grad, dropped.detach())


def test_the_seed_decides() -> None:
    def drawn(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return dropout(torch.ones(100), 0.5)

    assert torch.equal(drawn(1), drawn(1))
    assert not torch.equal(drawn(1), drawn(2))


def test_it_takes_the_place_of_torchs_own_and_rests_in_evaluation() -> None:
    model = with_cheap_dropout(nn.Sequential(nn.Linear(4, 4), nn.ModuleDict({"inner": nn.Dropout(0.25)})))
    (found,) = [module for module in model.modules() if isinstance(module, nn.Dropout)]
    assert type(found) is Dropout
    assert found.p == 0.25
    values = torch.ones(3, 5)
    assert found.eval()(values) is values
    assert dropout(values, 0.0) is values


def test_shares_near_one_drop_nearly_all_and_one_drops_all() -> None:
    torch.manual_seed(0)
    assert (dropout(torch.ones(100_000), 0.999995) != 0).sum() < 20
    assert not dropout(torch.ones(100), 1.0).any()
