"""Holding out a fraction of the rows, the same rows for the same seed."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from trunkline.contract.head_task import HeadTask
from trunkline.data.examples import Examples
from trunkline.errors import DataError, InvalidInput


def split(examples: Examples, task: HeadTask[Any, Any, Any], fraction: float, seed: int) -> tuple[Examples, Examples]:
    """Give (train, dev): about `fraction` of the rows held out, each of the task's strata in proportion.

    Rows that the task groups stay together, as one row that has the first one's stratum. A stratum of one row stays in
    train; every other leaves at least one row there. Both keep the rows' order.
    Raises `InvalidInput` unless 0 < `fraction` < 1, `DataError` where no row can be held out.
    """
    if not 0 < fraction < 1:
        raise InvalidInput(f"--dev {fraction}: a fraction lies between 0 and 1, as in --dev 0.1; or name a file")
    together: dict[str | int, list[int]] = defaultdict(list)
    for index, item in enumerate(examples.items):
        group = task.group(item)
        together[index if group is None else group].append(index)
    bundles = list(together.values())
    strata: dict[str | None, list[int]] = defaultdict(list)
    for number, bundle in enumerate(bundles):
        strata[task.stratum(examples.items[bundle[0]])].append(number)
    groups = [strata[name] for name in sorted(strata, key=lambda name: (name is None, name or ""))]
    counts = apportion([len(group) for group in groups], fraction)
    if not sum(counts):
        problem = f"{examples.name}: {len(examples)} rows are too few to hold out a dev set of {fraction:.0%}"
        raise DataError([problem], "Give a dev file of your own, or two rows or more of some label.")
    random = np.random.default_rng(seed)
    chosen = [number for group, n in zip(groups, counts, strict=True) for number in random.permutation(group)[:n]]
    held = {index for number in chosen for index in bundles[number]}
    everything = range(len(examples))
    return examples.subset(i for i in everything if i not in held), examples.subset(sorted(held))


def apportion(sizes: list[int], fraction: float) -> list[int]:
    """Share round(n x fraction) held-out rows, at least one, among groups by largest remainder.

    No group gives its last row.
    """
    room = [size - 1 for size in sizes]
    wanted = min(max(1, round(sum(sizes) * fraction)), sum(room))
    shares = [min(int(size * fraction), free) for size, free in zip(sizes, room, strict=True)]
    by_remainder = sorted(range(len(sizes)), key=lambda i: (-(sizes[i] * fraction - shares[i]), i))
    while sum(shares) < wanted:
        for group in by_remainder:
            if sum(shares) < wanted and shares[group] < room[group]:
                shares[group] += 1
    return shares
