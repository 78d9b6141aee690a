"""The serving tests' small world, an archive of random texts, and its states."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "serving"))


@pytest.fixture
def world(tiny_trunk: Path, tmp_path: Path) -> Any:
    """Versions that leave the trunk at layer 2, and three that do not go on from there."""
    from serving_world import World

    world = World(tiny_trunk, tmp_path)
    world.add("tag", "entities", fork=2, branch=1)
    world.add("label", "intents", fork=2)
    world.add("label", "early", fork=1, branch=1)
    world.add("label", "mixed", fork=2, reads="mix")
    world.add("label", "elsewhere", fork=2, trunk=world.add_trunk("other", tiny_trunk))
    return world


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    from serving_world import random_texts

    path = tmp_path / "archive.jsonl"
    path.write_text("".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(random_texts(90))))
    return path


@pytest.fixture
def build(world: Any, archive: Path, tmp_path: Path) -> Callable[..., Any]:
    """Build the archive's states at layer 2 into `states`."""

    def build(
        source: Path = archive, folder: Path = tmp_path / "states", layer: int = 2, engine: Any = None, **how: Any
    ) -> Any:
        from trunkline.archive.build import build as run
        from trunkline.progress import Silent

        with engine or world.engine() as engine:
            return run(engine, "tiny", layer, source, folder, Silent(), **how)

    return build
