"""What a run will take, measured on one batch before it starts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from trunkline.progress import Silent
from trunkline.records import BranchSpec
from trunkline.trunk.batch import TokenBatch
from trunkline.tuning import batches
from trunkline.tuning.checkpoint import KEPT
from trunkline.tuning.ground import Ground
from trunkline.tuning.learner import Learner, Material
from trunkline.tuning.states import Given, autocast, layers_read
from trunkline.tuning.trial import build_learner

ADAM = 4
"""A checkpoint holds the weights, the best ones and two moments of each."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds and bytes, as far as one batch can tell."""

    seconds: float  # of computing states once and training
    state_bytes: int
    checkpoint_bytes: int

    def told(self) -> str:
        """The estimate in one line."""
        states, checkpoints = self.state_bytes / 2**20, self.checkpoint_bytes / 2**20
        disk = f"{states:.0f} MiB of hidden states and {checkpoints:.0f} MiB of checkpoints on disk meanwhile"
        return f"estimate: about {duration(self.seconds)} to train, {disk}"


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 120:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def estimate(ground: Ground, specs: Sequence[BranchSpec], full: bool = False) -> Estimate:
    """Estimate training all of `specs`, and a whole encoder besides where `full`.

    Branches of like length take alike, so at most a few batches are run.
    """
    layers = sorted({layer for spec in specs for layer in layers_read(spec)})
    kept = bool(specs) and ground.caches(layers)
    learners = {spec.branch_layers: _unsaved(ground, spec, kept) for spec in specs}
    seconds = {length: batch_seconds(learner, ground.config.batch_size) for length, learner in learners.items()}
    an_epoch = ground.train.count(ground.config.batch_size)
    total = an_epoch * sum(ground.config.epochs_of(spec, False) * seconds[spec.branch_layers] for spec in specs)
    weights = [weight_bytes(learner) for learner in learners.values()]
    if kept:
        total += stem_seconds(ground, layers[-1])
    if full:
        top = BranchSpec(fork_layer=ground.trunk.n_layers, branch_layers=0)
        everything = build_learner(ground, top, True, Silent())
        total += an_epoch * ground.config.epochs_of(top, True) * batch_seconds(everything, ground.config.batch_size)
        weights.append(weight_bytes(everything))
    states = ground.cache.bytes_needed(ground.layouts, layers) if kept else 0
    return Estimate(total, states, KEPT * ADAM * max(weights))


def stem_seconds(ground: Ground, layer: int) -> float:
    """Time one pass up to `layer` over a typical batch, and scale it to all tokens."""
    layout = ground.train.stem
    parts = batches.in_order(layout.lengths)
    chosen = parts[len(parts) // 2]
    index = layout.index(chosen.windows, chosen.width)
    tokens = TokenBatch(layout.ids[index], layout.type_ids[index], index != layout.tokens)
    with ground.engine.running() as climb:
        seconds = _second_time(lambda: list(climb(tokens, [layer])))
    return seconds * sum(one.tokens for one in ground.layouts) / max(1, int(layout.lengths[chosen.windows].sum()))


def batch_seconds(learner: Learner, batch_size: int) -> float:
    """Time forward and backward over a typical batch; weights and generators stay as they are."""
    batch = learner.train.rows.typical(batch_size)
    with torch.random.fork_rng(devices=[]):
        learner.training(True)
        return _second_time(lambda: learner.loss(batch).backward())  # type: ignore[no-untyped-call]


def weight_bytes(learner: Learner) -> int:
    """Bytes of all weights that train."""
    return sum(p.numel() * p.element_size() for _, p in learner.named_parameters() if p.requires_grad)


def _unsaved(ground: Ground, spec: BranchSpec, kept: bool) -> Learner:
    """A learner to be measured and thrown away; where states will be kept, over one batch of them."""
    uncached = replace(ground, config=ground.config.model_copy(update={"cache_gib": 0.0}))
    learner = build_learner(uncached, spec, False, Silent())
    if not kept:
        return learner
    batch = ground.train.typical(ground.config.batch_size)
    with autocast(ground.precision):
        states = learner.train.source.states(batch.index, batch.mask)
    return replace(learner, train=Material(ground.train, Given(states)))


def _second_time(work: Callable[[], object]) -> float:
    """Seconds of `work`, done once before to warm up what is prepared on first use."""
    work()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
