"""What a head gives."""

from __future__ import annotations

import pytest
import torch

from trunkline.backends.linear import LinearBranch
from trunkline.backends.torch_stem import TorchStates
from trunkline.testing.suite import Suite


class Heads(Suite):
    """Axes, padding, export."""

    def test_head_outputs_have_the_declared_axes(self) -> None:
        bench = self.bench
        hidden, mask = bench.states(bench.targets(self.examples)[0], multiple=8)
        outputs = bench.head(hidden, mask)
        assert set(outputs) == set(self.task.output_axes)
        for name, axis in self.task.output_axes.items():
            leading = mask.shape if axis == "token" else mask.shape[:1]
            assert outputs[name].shape[: len(leading)] == leading, f"{name}: {tuple(outputs[name].shape)}"
            assert torch.isfinite(outputs[name]).all(), name

    def test_padding_does_not_change_an_answer(self) -> None:
        """A row gives the same alone and beside longer ones, whatever lies in the padding."""
        bench = self.bench
        windows = bench.targets(self.examples)[0]
        hidden, mask = bench.states(windows, multiple=32)
        hidden = hidden.masked_fill(~mask.unsqueeze(-1), 7.0)
        together = bench.head(hidden, mask)
        for row, window in enumerate(windows):
            n = len(window)
            alone = bench.head(hidden[row : row + 1, :n], mask[row : row + 1, :n])
            for name, axis in self.task.output_axes.items():
                ours = together[name][row : row + 1, :n] if axis == "token" else together[name][row : row + 1]
                torch.testing.assert_close(ours, alone[name], rtol=1e-4, atol=1e-5, msg=f"{name}, row {row}")

    def test_a_linear_head_is_told_as_it_is_made(self) -> None:
        """What `linear_head` says of the head's tensors computes what the head does; nothing where it says nothing."""
        bench = self.bench
        told = self.task.linear_head(bench.config)
        if told is None:
            pytest.skip("the head is no single product")
        tensors = bench.head.state_dict()
        assert set(tensors) == {told.weight, told.bias}
        hidden, mask = bench.states(bench.targets(self.examples)[0], multiple=8)
        branch = LinearBranch(0, told, tensors[told.weight].numpy(), tensors[told.bias].numpy())
        found = branch.run({0: TorchStates(hidden, mask, 0, bench.trunk.encoder)})
        expected = bench.head(hidden, mask)
        assert set(found) == set(expected)
        for name, value in found.items():
            torch.testing.assert_close(torch.from_numpy(value), expected[name], rtol=1e-4, atol=1e-5)

    def test_head_can_be_exported(self) -> None:
        """One exported graph serves every number of rows and tokens."""
        bench = self.bench
        rows, tokens = torch.export.Dim("rows", min=1, max=4096), torch.export.Dim("tokens", min=2, max=4096)
        dynamic = ({0: rows, 1: tokens}, {0: rows, 1: tokens})
        example = bench.states(bench.targets(self.examples)[0])
        graph = torch.export.export(bench.head, example, dynamic_shapes=dynamic).module()
        hidden, mask = example
        for batch in (example, (hidden[:2, :5], mask[:2, :5])):
            expected = bench.head(*batch)
            for name, value in graph(*batch).items():
                torch.testing.assert_close(value, expected[name], rtol=1e-4, atol=1e-5)
