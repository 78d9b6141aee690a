"""The arithmetic of sharing: layers run without it and with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trunkline.estimate.traffic import Traffic


@dataclass(frozen=True, slots=True)
class Layers:
    """Layers times tokens that a log takes, in three ways of serving it.

    For a version with fork k and b layers of its own on a trunk of n layers, and T tokens asked of it:

    - `whole`: a model of its own for each task, n T summed over versions;
    - `alone`: short branches but no sharing, (k + b) T summed over versions;
    - `shared`: a stem up to the highest fork asked for, once for each pass, and b T summed over versions.
    """

    whole: float
    alone: float
    shared: float

    @property
    def factor(self) -> float:
        """Whole models against shared stems: how many times as many layers."""
        return _ratio(self.whole, self.shared)

    @property
    def of_branches(self) -> float:
        """The part of `factor` that comes from leaving the trunk's upper layers out."""
        return _ratio(self.whole, self.alone)

    @property
    def of_sharing(self) -> float:
        """The part of `factor` that comes from texts which several versions read in one pass."""
        return _ratio(self.alone, self.shared)

    def __add__(self, other: Layers) -> Layers:
        return Layers(self.whole + other.whole, self.alone + other.alone, self.shared + other.shared)


def layers_by_trunk(traffic: Traffic, longest_branch: int | None = None) -> dict[str, Layers]:
    """Count layers by trunk id; branches longer than `longest_branch` count as if they had that length."""
    found: dict[str, Layers] = {trunk: Layers(0.0, 0.0, stem) for trunk, stem in traffic.stems.items()}
    for asked in traffic.asked:
        shape = asked.shape
        own = shape.branch_layers if longest_branch is None else min(shape.branch_layers, longest_branch)
        cost = Layers(shape.n_layers, shape.fork_layer + own, own)
        tokens = asked.tokens
        found[shape.trunk_id] += Layers(cost.whole * tokens, cost.alone * tokens, cost.shared * tokens)
    return found


def layers(traffic: Traffic, longest_branch: int | None = None) -> Layers:
    """Count layers over all trunks, a layer of each taken for equally dear."""
    return sum(layers_by_trunk(traffic, longest_branch).values(), Layers(0.0, 0.0, 0.0))


@dataclass(frozen=True, slots=True)
class Cores:
    """Processor cores that are busy all the time; a server wants more than that, to bear bursts."""

    whole: float
    shared: float


def cores(traffic: Traffic, seconds: Mapping[str, float], rate: float) -> Cores:
    """Give the cores busy at `rate` requests per second of traffic like this.

    `seconds` is the processor time of one layer and token, by trunk id: a log of R requests takes, summed over trunks,
    layers times tokens times that, which at `rate` comes `rate` / R times a second.
    """
    share = rate / traffic.requests
    found = layers_by_trunk(traffic)
    whole = sum(found[trunk].whole * seconds[trunk] for trunk in found)
    shared = sum(found[trunk].shared * seconds[trunk] for trunk in found)
    return Cores(whole * share, shared * share)


def _ratio(more: float, less: float) -> float:
    """Give how many times `less` goes into `more`; 1.0 where nothing runs at all (heads on the embeddings)."""
    if less > 0:
        return more / less
    return float("inf") if more > 0 else 1.0
