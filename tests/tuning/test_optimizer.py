from __future__ import annotations

import pytest
import torch
from torch import nn

from trunkline.tuning import optimizer


def test_the_cycle_is_torchs_own() -> None:
    """Against `OneCycleLR` with cosine halves, the same peak and the same end."""
    steps, warmup = 200, 0.1
    parameter = nn.Parameter(torch.zeros(1))
    reference = torch.optim.SGD([parameter], lr=1.0)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        reference, max_lr=1.0, total_steps=steps, pct_start=warmup, final_div_factor=1 / (25 * optimizer.FLOOR)
    )
    ours, theirs = [], []
    for step in range(steps):
        ours.append(optimizer.one_cycle(step, steps, warmup))
        theirs.append(cycle.get_last_lr()[0])
        reference.step()
        cycle.step()
    assert max(ours) == pytest.approx(1.0)
    assert ours == pytest.approx(theirs, abs=0.08)


@pytest.mark.parametrize("warmup", [0.0, 0.5])
def test_rates_stay_within_the_peak(warmup: float) -> None:
    shares = [optimizer.one_cycle(step, 10, warmup) for step in range(10)]
    assert all(0 < share <= 1 for share in shares)


def test_vectors_do_not_decay_and_frozen_ones_do_not_train() -> None:
    layer, head = nn.Linear(3, 3), nn.Linear(3, 2)
    layer.bias.requires_grad_(False)
    adam = optimizer.build(layer.parameters(), head.parameters(), (1e-4, 1e-3), decay=0.1)
    found = {id(p): (group["peak"], group["weight_decay"]) for group in adam.param_groups for p in group["params"]}
    assert found == {id(layer.weight): (1e-4, 0.1), id(head.weight): (1e-3, 0.1), id(head.bias): (1e-3, 0.0)}


def test_rates_move_together() -> None:
    layer = nn.Linear(3, 3)
    adam = optimizer.build(layer.parameters(), [], (1e-4, 1e-3), decay=0.1)
    optimizer.set_rates(adam, 0.5)
    assert {group["lr"] for group in adam.param_groups} == {5e-5}
