"""The training loop: batches in, the best epoch's weights out, able to go on from any checkpoint."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from trunkline.errors import InvalidInput
from trunkline.progress import Progress
from trunkline.tuning import optimizer
from trunkline.tuning.checkpoint import Checkpoint, Checkpoints, generators, restore_generators
from trunkline.tuning.learner import Learner

WORTH_KEEPING = 20.0
"""Seconds of training at the end of an epoch for which a checkpoint is written."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to learn."""

    epochs: int
    batch_size: int
    rates: tuple[float, float]  # peak learning rates of the branch and of the head
    warmup: float
    weight_decay: float
    gradient_clip: float
    patience: int
    seed: int
    checkpoint_seconds: float = 600.0  # at most, between checkpoints


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run is: enough, with weights and generators, to go on from there."""

    epoch: int = 0  # epochs finished
    batch: int = 0  # batches of the next epoch that are done
    loss_sum: float = 0.0  # over those batches
    best_epoch: int = 0  # 1 is the first; 0: none yet
    history: tuple[dict[str, float], ...] = ()  # an epoch's loss and dev score
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What a run came to."""

    weights: Mapping[str, Tensor]  # of the best epoch
    score: float  # dev, larger is better
    position: Position


@dataclass(slots=True, eq=False)
class Loop:
    """One run in progress. `run` may be called once."""

    learner: Learner
    schedule: Schedule
    checkpoints: Checkpoints
    position: Position = field(default_factory=Position)
    best: Mapping[str, Tensor] = field(default_factory=dict)
    _optimizer: torch.optim.Optimizer = field(init=False)
    _epoch_batches: int = field(init=False)
    _saved_at: float = field(init=False, default=0.0)
    _began: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        body, head = self.learner.parameters(of_head=False), self.learner.parameters(of_head=True)
        self._epoch_batches = self.learner.train.rows.count(self.schedule.batch_size)
        self._optimizer = optimizer.build(body, head, self.schedule.rates, self.schedule.weight_decay)

    def run(self, progress: Progress) -> Fitted:
        """Train to the last epoch or until patience ends, and give the best epoch's weights.

        Raises `InvalidInput` where the loss is no longer a number, `EnvironmentFault` where the disk is full.
        """
        self._resume(progress)
        with progress.track("training", self.schedule.epochs * self._epoch_batches) as done:
            done(self._step)
            while not self._over:
                self._train_epoch(done)
                self._validate(progress)
        self._count_seconds()
        return Fitted(self.best, self.position.history[self.position.best_epoch - 1]["score"], self.position)

    @property
    def _step(self) -> int:
        return self.position.epoch * self._epoch_batches + self.position.batch

    @property
    def _over(self) -> bool:
        at, patience = self.position, self.schedule.patience
        return at.epoch >= self.schedule.epochs or (at.best_epoch > 0 and at.epoch - at.best_epoch >= patience)

    def _train_epoch(self, done: Any) -> None:
        schedule, at = self.schedule, self.position
        order = self.learner.train.rows.epoch(schedule.batch_size, schedule.seed, at.epoch)
        steps, before = schedule.epochs * len(order), at.epoch * len(order)
        self.learner.training(True)
        for number in range(at.batch, len(order)):
            factor = optimizer.one_cycle(before + number, steps, schedule.warmup)
            loss = self._learn(order[number], factor)
            self.position = replace(self.position, batch=number + 1, loss_sum=self.position.loss_sum + loss)
            done(1)
            self._save_after(schedule.checkpoint_seconds)

    def _learn(self, windows: Any, factor: float) -> float:
        optimizer.set_rates(self._optimizer, factor)
        self._optimizer.zero_grad()
        loss = self.learner.loss(self.learner.train.rows.batch(windows))
        value = float(loss.detach())
        if not math.isfinite(value):
            raise InvalidInput(f"the loss became {value} at step {self._step + 1}: lower the learning rate")
        loss.backward()  # type: ignore[no-untyped-call]
        self._clip()
        self._optimizer.step()
        return value

    def _clip(self) -> None:
        """Scale the gradients down where their norm is too large; torch's own way writes them anew in any case."""
        parameters, limit = self._parameters, self.schedule.gradient_clip
        norm = torch.nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
        if norm > limit:
            torch.nn.utils.clip_grads_with_norm_(parameters, limit, norm)

    @property
    def _parameters(self) -> list[Tensor]:
        return [parameter for group in self._optimizer.param_groups for parameter in group["params"]]

    def _validate(self, progress: Progress) -> None:
        self.learner.training(False)
        at, score = self.position, self.learner.dev_score()
        loss = at.loss_sum / max(1, at.batch)
        history = (*at.history, {"loss": loss, "score": score})
        better = not at.best_epoch or score > at.history[at.best_epoch - 1]["score"]
        best = at.epoch + 1 if better else at.best_epoch
        if better:
            self.best = self.learner.weights()
        self.position = replace(at, epoch=at.epoch + 1, batch=0, loss_sum=0.0, best_epoch=best, history=history)
        progress.say(f"epoch {at.epoch + 1}/{self.schedule.epochs}: loss {loss:.4f}, {self._told(score)}")
        if not self._over:
            self._save_after(min(WORTH_KEEPING, self.schedule.checkpoint_seconds))

    def _told(self, score: float) -> str:
        metric, left_out = self.learner.told(score), self.learner.left_out
        return f"{metric} (without {left_out} out-of-scope rows)" if left_out else metric

    def _count_seconds(self) -> float:
        now = time.monotonic()
        self.position = replace(self.position, seconds=self.position.seconds + now - self._began)
        self._began = now
        return now

    def _save_after(self, seconds: float) -> None:
        if time.monotonic() - self._saved_at > seconds:
            self._save()

    def _save(self) -> None:
        self._saved_at = self._count_seconds()
        random, random_state = generators()
        tensors = {f"now.{name}": tensor for name, tensor in self.learner.weights().items()}
        tensors |= {f"best.{name}": tensor for name, tensor in self.best.items()}
        tensors |= random
        for number, parameter in enumerate(self._parameters):
            tensors |= {f"adam.{number}.{key}": value for key, value in self._optimizer.state[parameter].items()}
        state = {"position": _as_json(self.position), "random": random_state}
        self.checkpoints.save(self._step, Checkpoint(tensors, state))

    def _resume(self, progress: Progress) -> None:
        self._saved_at = self._began = time.monotonic()
        checkpoint = self.checkpoints.newest()
        if checkpoint is None:
            return
        self.position = _from_json(checkpoint.state["position"])
        self.learner.load(_under("now.", checkpoint.tensors))
        self.best = _under("best.", checkpoint.tensors)
        self._restore_optimizer(_under("adam.", checkpoint.tensors))
        restore_generators(checkpoint.tensors, checkpoint.state["random"])
        at = self.position
        progress.say(f"resumed an unfinished run of this configuration at epoch {at.epoch + 1}, batch {at.batch + 1}")

    def _restore_optimizer(self, moments: Mapping[str, Tensor]) -> None:
        for number, parameter in enumerate(self._parameters):
            self._optimizer.state[parameter] = dict(_under(f"{number}.", moments))


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _as_json(position: Position) -> dict[str, Any]:
    return {name: getattr(position, name) for name in Position.__slots__}


def _from_json(state: Mapping[str, Any]) -> Position:
    return Position(**{**state, "history": tuple(state["history"])})
