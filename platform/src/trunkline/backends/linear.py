"""Heads that are one product over the stem's states: no graph, no layers, and many of them in one product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from threadpoolctl import ThreadpoolController

from trunkline.backends.backend import States
from trunkline.contract.head_task import HeadTask
from trunkline.contract.linear_head import LinearHead, Pooling
from trunkline.records import Version

HEAD = "head."  # what a head's tensors are called by in a branch's file

Product = NDArray[np.float32]


class LinearBranch:
    """A version without layers of its own whose head is linear; computed in fp32, whatever the stem is computed in."""

    def __init__(self, fork_layer: int, head: LinearHead, weight: Product, bias: Product) -> None:
        """Take `weight` (outputs, width) and `bias` (outputs,)."""
        self.fork_layer = fork_layer
        self.reads = (fork_layer,)
        self.head = head
        self.weight = weight
        self.bias = bias

    @classmethod
    def of(cls, version: Version, weights: Path, task: HeadTask[Any, Any, Any]) -> Self | None:
        """Give a version's branch where it is linear, else None: with layers, a mix, a norm or more than a product."""
        branch = version.branch
        if branch.branch_layers or branch.reads != "last":
            return None
        head = task.linear_head(version.head_config)
        if head is None:
            return None
        tensors = load_file(weights)
        if set(tensors) != {HEAD + head.weight, HEAD + head.bias}:
            return None
        return cls(branch.fork_layer, head, tensors[HEAD + head.weight], tensors[HEAD + head.bias])

    def run(self, states: Mapping[int, States]) -> dict[str, Product]:
        """Give (rows, outputs), or (rows, length, outputs) where nothing is pooled."""
        return {
            self.head.output: product(pooled(states[self.fork_layer], self.head.pooling), self.weight.T) + self.bias
        }


class Stack:
    """Linear branches of one layer, which are asked about the same rows: those that pool alike are one product."""

    def __init__(self, branches: Sequence[LinearBranch]) -> None:
        self._branches = branches
        self._layer = branches[0].fork_layer
        self._alike: dict[Pooling, list[int]] = {}
        for number, branch in enumerate(branches):
            self._alike.setdefault(branch.head.pooling, []).append(number)
        self._weights = {
            pooling: (
                np.concatenate([branches[number].weight for number in numbers]).T,
                np.concatenate([branches[number].bias for number in numbers]),
            )
            for pooling, numbers in self._alike.items()
        }

    def run(self, states: States) -> list[dict[str, Product]]:
        """Give each branch's outputs, in the branches' order."""
        found: list[dict[str, Product]] = [{} for _ in self._branches]
        for pooling, numbers in self._alike.items():
            weight, bias = self._weights[pooling]
            products = product(pooled(states, pooling), weight) + bias
            start = 0
            for number in numbers:
                branch = self._branches[number]
                end = start + len(branch.bias)
                found[number] = {branch.head.output: products[..., start:end]}
                start = end
        return found


def product(left: Product, right: Product) -> Product:
    """Multiply on this thread alone.

    BLAS's own threads look for more work for a while after a product, on cores that the next graph wants: with a
    hundred heads on two cores, each pass of the stem took twice as long.
    """
    with _blas().limit(limits=1, user_api="blas"):
        found: Product = left @ right
        return found


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


def pooled(states: States, pooling: Pooling) -> Product:
    """Pool states (rows, length, width) over their tokens: (rows, width), or as they are for "none"."""
    hidden = states.numpy()
    if pooling == "none":
        return hidden
    if pooling == "first":
        return hidden[:, 0]
    share = states.mask / np.maximum(states.mask.sum(axis=1, keepdims=True), 1)
    mean: Product = np.matmul(share.astype(np.float32)[:, None], hidden)[:, 0]
    return mean
