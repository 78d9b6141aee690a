"""Which places in the plane of fork and branch length are worth a trial, from cheap to dear."""

from __future__ import annotations

from collections.abc import Mapping

from trunkline.records import BranchSpec, Reads

LEVELS = 6
"""Costs that are tried: with more layers than this, every second or third cost is enough to see the curve."""
Place = tuple[int, int]  # fork, branch


def coarse(n_layers: int) -> list[Place]:
    """Branches of one and of two layers at costs from a third of the trunk to all of it, and a head alone on top.

    Cheaper places than a third lose too much on every corpus that was measured.
    """
    costs = sorted({max(1, round(n_layers * level / LEVELS)) for level in range(2, LEVELS + 1)})
    places = {(cost - branch, branch) for cost in costs for branch in (1, 2) if branch <= cost}
    places |= {(n_layers, 0), (n_layers - n_layers // 2, n_layers // 2)}
    return sorted(places, key=lambda place: (sum(place), place[1]))


def deeper(n_layers: int, scores: Mapping[Place, float], tolerance: float) -> Place | None:
    """The next place at full cost with a longer branch, as long as longer branches still gain; None: enough.

    `scores` are larger where better. Longer means half of what is still shared.
    """
    top = sorted((branch, score) for (fork, branch), score in scores.items() if fork + branch == n_layers and branch)
    branch, score = top[-1]
    shorter = max((value for _, value in top[:-1]), default=float("-inf"))
    if branch >= n_layers or score <= shorter + tolerance / 2 * abs(shorter):
        return None
    fork = (n_layers - branch) // 2
    return fork, n_layers - fork


def spec_of(place: Place, reads: Reads) -> BranchSpec:
    return BranchSpec(fork_layer=place[0], branch_layers=place[1], reads=reads)
