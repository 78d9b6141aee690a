"""The serving tests' small world serves here too."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "serving"))


@pytest.fixture
def world(tiny_trunk: Path, tmp_path: Path):
    from serving_world import World

    world = World(tiny_trunk, tmp_path)
    for version in (world.add("tag", "entities", fork=2, branch=1), world.add("tag", "mixed", fork=1, branch=1)):
        world.point(version)
    return world
