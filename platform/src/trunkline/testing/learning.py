"""What a head learns from."""

from __future__ import annotations

import numpy as np
import torch

from trunkline.testing.suite import Suite


class Learning(Suite):
    """Targets and loss."""

    def test_targets_align_with_the_tokens(self) -> None:
        bench = self.bench
        for example in self.examples:
            for encoded in bench.encode(self.task.request(example)):
                targets = self.task.targets(example, encoded, bench.config)
                assert set(targets) == set(self.task.target_axes)
                for name, value in targets.items():
                    assert np.isfinite(np.asarray(value)).all(), name
                    if self.task.target_axes[name] == "token":
                        assert len(value) == len(encoded), f"{name}: {len(value)} rows for {len(encoded)} tokens"

    def test_loss_is_finite_and_reaches_every_parameter(self) -> None:
        bench = self.bench
        windows, targets = bench.targets(self.examples)
        loss = self.task.loss(bench.head(*bench.states(windows)), targets, bench.config)
        assert loss.ndim == 0
        assert torch.isfinite(loss)
        loss.backward()  # type: ignore[no-untyped-call]
        for name, parameter in bench.head.named_parameters():
            if parameter.requires_grad:
                assert parameter.grad is not None, f"the loss does not reach {name}"
                assert torch.isfinite(parameter.grad).all(), name

    def test_a_few_steps_lower_the_loss(self) -> None:
        bench = self.bench
        windows, targets = bench.targets(self.examples)
        states = bench.states(windows)
        optimizer = torch.optim.Adam(bench.head.parameters(), lr=0.02)
        losses = []
        for _ in range(self.training_steps):
            optimizer.zero_grad()
            loss = self.task.loss(bench.head(*states), targets, bench.config)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(float(loss.detach()))
        assert losses[-1] < 0.8 * losses[0], f"from {losses[0]:.4f} to {losses[-1]:.4f}"
