from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from trunkline.tuning.checkpoint import KEPT, Checkpoint, Checkpoints, generators, restore_generators


def checkpoint(value: int) -> Checkpoint:
    return Checkpoint({"now.weight": torch.full((2, 3), float(value))}, {"value": value})


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    kept = Checkpoints(tmp_path / "checkpoints")
    for step in (10, 20, 100):
        kept.save(step, checkpoint(step))
    return kept


def newest(checkpoints: Checkpoints) -> int | None:
    found = checkpoints.newest()
    if found is None:
        return None
    assert float(found.tensors["now.weight"][0, 0]) == found.state["value"]
    return int(found.state["value"])


def test_the_newest_is_loaded_and_only_a_few_are_kept(checkpoints: Checkpoints) -> None:
    assert newest(checkpoints) == 100
    assert len(list(checkpoints.folder.iterdir())) == KEPT


def test_none_where_there_is_none(tmp_path: Path) -> None:
    assert newest(Checkpoints(tmp_path / "nowhere")) is None


@pytest.mark.parametrize("file", ["tensors.safetensors", "state.json", "manifest.json"])
@pytest.mark.parametrize("harm", ["flip", "truncate", "remove", "empty"])
def test_a_damaged_one_gives_way_to_the_one_before(checkpoints: Checkpoints, file: str, harm: str) -> None:
    path = checkpoints.folder / "checkpoint-000000100" / file
    good = path.read_bytes()
    middle = len(good) // 2
    harmed = {"flip": good[:middle] + bytes([good[middle] ^ 64]) + good[middle + 1 :], "truncate": good[:-1]}
    if harm == "remove":
        path.unlink()
    else:
        path.write_bytes(harmed.get(harm, b""))
    assert newest(checkpoints) == 20


def test_one_that_was_never_finished_does_not_count(checkpoints: Checkpoints) -> None:
    whole = checkpoints.folder / "checkpoint-000000100"
    whole.rename(whole.with_suffix(".partial"))
    assert newest(checkpoints) == 20
    checkpoints.save(100, checkpoint(100))
    assert newest(checkpoints) == 100


def test_every_generator_goes_on_where_it_was() -> None:
    random.seed(1)
    np.random.seed(2)
    torch.manual_seed(3)
    np.random.normal()  # leaves half a pair of normals behind
    tensors, state = generators()
    expected = (random.random(), np.random.normal(), torch.rand(3).tolist())
    restore_generators(tensors, state)
    assert (random.random(), np.random.normal(), torch.rand(3).tolist()) == expected
