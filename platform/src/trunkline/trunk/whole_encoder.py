"""All layers on a version's way, from the tokens to what its head reads, as one encoder."""

from __future__ import annotations

from pathlib import Path

from trunkline.errors import InvalidInput
from trunkline.records import Version
from trunkline.trunk.branch import BranchModule, PassedOn
from trunkline.trunk.encoder import Encoder


def whole_encoder(version: Version, weights: Path, folder: Path) -> Encoder:
    """Load the trunk in `folder` up to the version's fork, and the version's own layers and norm above it.

    Raises `InvalidInput` where the head reads a mix of layers, which no encoder alone gives.
    """
    encoder, spec = Encoder.load(folder), version.branch
    if spec.reads != "last":
        raise InvalidInput(f"{version.reference} reads {spec.reads!r} of its layers' states, which one encoder lacks")
    branch = BranchModule(encoder, spec, PassedOn())
    branch.load_weights(weights)
    family = encoder.family
    for place, layer in enumerate(branch.layers, spec.fork_layer):
        family.layers[place].load_state_dict(layer.state_dict(), strict=False)  # T5's bias stays the encoder's
    if family.final_norm is not None:
        family.final_norm.load_state_dict(branch.norm.state_dict())
    del family.layers[spec.fork_layer + spec.branch_layers :]
    return encoder.eval().requires_grad_(False)
