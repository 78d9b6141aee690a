"""Bytes of weights, against the parameters themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from estimate_shapes import INTENTS, LARGE, TICKETS

from trunkline import load_plugins
from trunkline.estimate.memory import Memory, Weights, memory, weights_of
from trunkline.estimate.shape import Shape
from trunkline.store.registry import Registry


def test_whole_models_against_stems_and_branches() -> None:
    """Trunks of 100 and 300; whole: 100 + 5, 100 + 7, 300 + 9; shared: 100 + 300, and 45 + 17 + 89."""
    weights = {INTENTS.model: Weights(100, 45, 5), TICKETS.model: Weights(100, 17, 7), LARGE.model: Weights(300, 89, 9)}
    found = memory(weights, [INTENTS, TICKETS, LARGE])
    assert found == Memory(whole=521, shared=551)
    assert memory(weights, [INTENTS, TICKETS]) == Memory(whole=212, shared=162)


@pytest.mark.parametrize("branch", [0, 2])
def test_files_hold_as_many_bytes_as_modules(tiny_trunk: Path, tmp_path: Path, branch: int) -> None:
    from trunkline.trunk.encoder import Encoder
    from versions import add_trunk, register_random

    with Registry(f"sqlite:///{tmp_path}/registry.db", tmp_path / "blobs") as registry:
        trunk = add_trunk(registry, tiny_trunk)
        version = register_random(registry, load_plugins(), trunk, "classification", "intents", 1, branch)
        found = weights_of(registry, Shape.of(version, trunk))
    encoder = Encoder.load(tiny_trunk)
    assert found.trunk == 4 * sum(one.numel() for one in encoder.parameters())
    own = 4 * sum(one.numel() for layer in encoder.layers[1 : 1 + branch] for one in layer.parameters())
    assert found.branch - found.head == own
    assert found.head > 0
