"""Bytes of weights with sharing and without, from the files themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trunkline.estimate.shape import Shape
from trunkline.serving.catalog import BRANCH
from trunkline.store.registry import Registry
from trunkline.trunk.checkpoint import WEIGHTS

OWN_LAYERS = "layers."  # how the names of a branch's own layers begin


@dataclass(frozen=True, slots=True)
class Weights:
    """Bytes of one version's files."""

    trunk: int  # embeddings and all layers
    branch: int  # its own layers and its head
    head: int  # its head alone


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of weights in memory."""

    whole: int  # a whole model for each version: the trunk's weights and a head, as often as there are versions
    shared: int  # each trunk once, and each version's branch and head

    @property
    def saved(self) -> int:
        return self.whole - self.shared


def memory(weights: Mapping[str, Weights], shapes: Sequence[Shape]) -> Memory:
    """Add up the weights of versions, which are given by model."""
    trunks = {shape.trunk_id: weights[shape.model].trunk for shape in shapes}
    whole = sum(weights[shape.model].trunk + weights[shape.model].head for shape in shapes)
    return Memory(whole, sum(trunks.values()) + sum(weights[shape.model].branch for shape in shapes))


def weights_of(registry: Registry, shape: Shape) -> Weights:
    """Measure a version's files. Raises `CorruptArtifact` where one is damaged."""
    trunk = tensor_bytes(registry.trunk_folder(shape.trunk_id) / WEIGHTS)
    branch = tensor_bytes(registry.artifact(registry.resolve(shape.model), BRANCH))
    head = {name: size for name, size in branch.items() if not name.startswith(OWN_LAYERS)}
    return Weights(sum(trunk.values()), sum(branch.values()), sum(head.values()))


def tensor_bytes(path: Path) -> dict[str, int]:
    """Read each tensor's bytes off the header of a safetensors file: its length in 8 bytes, then JSON."""
    with path.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    header.pop("__metadata__", None)
    return {name: entry["data_offsets"][1] - entry["data_offsets"][0] for name, entry in header.items()}
