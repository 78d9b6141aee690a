"""What a killed run needs to go on as if it had not been: written aside, vouched for by hashes, renamed.

A checkpoint is a folder of `tensors.safetensors`, `state.json` and `manifest.json` (the hashes of the two). The
newest that verifies is loaded; older ones stay until a newer one is complete.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from trunkline.store.blobs import sha256_of
from trunkline.tuning.durable import publish, room_for

KEPT = 2
FILES = ("tensors.safetensors", "state.json")


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Everything at one step: weights, optimizer, generators and position, as flat tensors and JSON."""

    tensors: Mapping[str, Tensor]
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """The checkpoints of one run, in its folder; used by one process at a time."""

    folder: Path

    def save(self, step: int, checkpoint: Checkpoint) -> None:
        """Write the checkpoint of `step`. Raises `EnvironmentFault` where the disk is full."""
        place = self.folder / f"checkpoint-{step:09d}"
        aside = place.with_suffix(".partial")
        shutil.rmtree(aside, ignore_errors=True)
        try:
            with room_for(self.folder):
                _write(aside, checkpoint)
                shutil.rmtree(place, ignore_errors=True)  # there only where it did not verify
                publish(aside, place)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        for old in self._newest_first()[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)

    def newest(self) -> Checkpoint | None:
        """Load the newest checkpoint whose files are what its manifest says, or None."""
        for place in self._newest_first():
            if (checkpoint := _read(place)) is not None:
                return checkpoint
        return None

    def _newest_first(self) -> list[Path]:
        found = self.folder.glob("checkpoint-*") if self.folder.is_dir() else []
        return sorted((place for place in found if place.suffix != ".partial"), reverse=True)


def generators() -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Give the state of every generator that training may draw from, as tensors and JSON."""
    version, internal, gauss = random.getstate()
    numpy: Any = np.random.get_state(legacy=False)
    tensors = {
        "rng.torch": torch.get_rng_state(),
        "rng.numpy": torch.from_numpy(numpy["state"]["key"].astype(np.int64)),
    }
    rest = {"pos": numpy["state"]["pos"], "has_gauss": numpy["has_gauss"], "gauss": numpy["gauss"]}
    return tensors, {"python": [version, list(internal), gauss], "numpy": rest}


def restore_generators(tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
    """Set every generator to what `generators` gave."""
    version, internal, gauss = state["python"]
    random.setstate((version, tuple(internal), gauss))
    rest = state["numpy"]
    key = tensors["rng.numpy"].numpy().astype(np.uint32)
    np.random.set_state(("MT19937", key, rest["pos"], rest["has_gauss"], rest["gauss"]))
    torch.set_rng_state(tensors["rng.torch"])


def _write(aside: Path, checkpoint: Checkpoint) -> None:
    aside.mkdir(parents=True)
    save_file({name: tensor.contiguous() for name, tensor in checkpoint.tensors.items()}, aside / FILES[0])
    (aside / FILES[1]).write_text(json.dumps(checkpoint.state))
    (aside / "manifest.json").write_text(json.dumps({name: sha256_of(aside / name) for name in FILES}))


def _read(place: Path) -> Checkpoint | None:
    try:
        manifest = json.loads((place / "manifest.json").read_text())
        if any(sha256_of(place / name) != manifest[name] for name in FILES):
            return None
        return Checkpoint(load_file(place / FILES[0]), json.loads((place / FILES[1]).read_text()))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError):
        return None  # torn or damaged: an older one will do
