"""The world that the serving tests serve."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def world(tiny_trunk: Path, tmp_path: Path):
    """An empty catalog over the tiny trunk."""
    from serving_world import World

    return World(tiny_trunk, tmp_path)


@pytest.fixture
def mixed(world):
    """Four versions of two tasks that leave the trunk in four ways, all in production."""
    versions = [
        world.add("label", "intents", fork=1, branch=1, seed=1),
        world.add("tag", "entities", fork=2, branch=1, seed=2),
        world.add("label", "mood", fork=3, seed=3),
        world.add("tag", "mixed", fork=2, reads="mix", seed=4),
    ]
    for version in versions:
        world.point(version)
    return world
