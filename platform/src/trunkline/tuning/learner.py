"""What trains, and on what: a branch over the states of its windows, alone or with the whole encoder under it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from trunkline.contract import IGNORE, DecoderTask, HeadConfig, HeadTask, Outputs
from trunkline.errors import InvalidInput
from trunkline.trunk.branch import BranchModule
from trunkline.trunk.encoder import Encoder
from trunkline.tuning import batches
from trunkline.tuning.rows import Batch, Rows, score
from trunkline.tuning.states import Source, autocast

HEADS_OWN = ("head.", "mix.")


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Windows with the source of their states."""

    rows: Rows
    source: Source


@dataclass(frozen=True, slots=True, eq=False)
class Learner:
    """The modules that a loop moves, with all that it takes to ask them for a loss or a score."""

    task: HeadTask[Any, Any, Any]
    config: HeadConfig
    precision: str  # "bf16" or "fp32"
    branch: BranchModule
    encoder: Encoder | None  # where it trains too; then the materials' sources run it
    train: Material
    dev: Material
    left_out: int = 0  # dev rows that are not among them: out of scope

    @property
    def modules(self) -> dict[str, nn.Module]:
        """What trains, by the prefix of its weights."""
        return {"branch": self.branch} | ({"encoder": self.encoder} if self.encoder is not None else {})

    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        for prefix, module in self.modules.items():
            for name, parameter in module.named_parameters():
                yield f"{prefix}.{name}", parameter

    def parameters(self, of_head: bool) -> list[nn.Parameter]:
        """The parameters that train: of the head (and a mix of states), or of all under it."""
        heads = tuple(f"branch.{own}" for own in HEADS_OWN)
        return [p for name, p in self.named_parameters() if name.startswith(heads) == of_head and p.requires_grad]

    def weights(self) -> dict[str, Tensor]:
        """A copy of all weights."""
        return {
            f"{prefix}.{name}": tensor.detach().clone()
            for prefix, module in self.modules.items()
            for name, tensor in module.state_dict().items()
        }

    def load(self, weights: Mapping[str, Tensor]) -> None:
        """Set all weights to what `weights` gave."""
        for prefix, module in self.modules.items():
            own = {name.removeprefix(f"{prefix}."): t for name, t in weights.items() if name.startswith(f"{prefix}.")}
            module.load_state_dict(own)

    def training(self, on: bool) -> None:
        """Switch dropout on or off in what trains."""
        for module in self.modules.values():
            module.train(on)

    def loss(self, batch: Batch) -> Tensor:
        """The mean loss over one batch, a scalar in fp32."""
        return self._loss(batch, self.train)

    def _loss(self, batch: Batch, material: Material) -> Tensor:
        with autocast(self.precision):
            states = material.source.states(batch.index, batch.mask)
            outputs = self._said(states, batch)
        in_full = {name: output.float() for name, output in outputs.items()}
        return self.task.loss(in_full, batch.targets, self.config)

    def _said(self, states: Sequence[Tensor], batch: Batch) -> Mapping[str, Tensor]:
        if not isinstance(self.task, DecoderTask):
            return cast(Mapping[str, Tensor], self.branch(states, batch.mask))
        hidden = self.branch.carried(states, batch.mask)
        return self.task.taught(self.branch.head, hidden, batch.mask, batch.targets, self.config)

    def dev_score(self) -> float:
        """The task's primary metric on the dev rows, larger is better; of a decoder the loss, negative.

        To write all dev rows after each epoch would take longer than to learn. Raises `InvalidInput` if it diverged.
        """
        if isinstance(self.task, DecoderTask):
            return -self._dev_loss()
        said = outputs(self.branch, self.dev, self.task, self.precision)
        if not all(np.isfinite(output).all() for one in said for output in one.values()):
            raise InvalidInput("the head's outputs are not finite after this epoch: lower the learning rate")
        value = score(self.task, self.dev.rows, said, self.config)[self.task.primary_metric]
        return value if self.task.higher_is_better else -value

    def told(self, score: float) -> str:
        """Say what `dev_score` gave."""
        if isinstance(self.task, DecoderTask):
            return f"dev loss {-score:.4f}"
        return f"dev {self.task.primary_metric} {score if self.task.higher_is_better else -score:.4f}"

    def _dev_loss(self) -> float:
        """Give the mean loss of the dev rows' batches, each weighed by its tokens to write."""
        losses, weights = [], []
        with torch.no_grad():
            for part in batches.in_order(self.dev.rows.widths):
                batch = self.dev.rows.batch(part.windows)
                losses.append(float(self._loss(batch, self.dev)))
                weights.append(sum(int((ids != IGNORE).sum()) for ids in batch.targets.values()))
        value = float(np.average(losses, weights=weights))
        if not np.isfinite(value):
            raise InvalidInput("the loss on dev is not finite after this epoch: lower the learning rate")
        return value


def outputs(branch: BranchModule, material: Material, task: HeadTask[Any, Any, Any], precision: str) -> list[Outputs]:
    """What the branch says of each whole input, in fp32; switch dropout off beforehand."""
    rows = material.rows
    found: dict[str, list[NDArray[np.float32]]] = {name: [_NOTHING] * len(rows.windows) for name in task.output_axes}
    with torch.no_grad():
        for part in batches.in_order(rows.layout.lengths):
            index = torch.from_numpy(rows.layout.index(part.windows, part.width))
            mask = index != rows.layout.tokens
            with autocast(precision):
                said = branch(material.source.states(index, mask), mask)
            for name, axis in task.output_axes.items():
                lengths = rows.layout.lengths[part.windows] if axis == "token" else None
                _place(found[name], said[name].float().numpy(), part.windows, lengths)
    return rows.joined(found, task)


_NOTHING: NDArray[np.float32] = np.empty(0, np.float32)


def _place(
    found: list[NDArray[np.float32]],
    said: NDArray[np.float32],
    windows: NDArray[np.intp],
    lengths: NDArray[np.int64] | None,
) -> None:
    """Put each row of a batch where its window's output belongs; token outputs lose their padding."""
    for row, window in enumerate(windows):
        found[window] = said[row] if lengths is None else said[row, : lengths[row]]
