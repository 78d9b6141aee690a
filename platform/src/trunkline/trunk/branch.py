"""A version's own layers and head, beside the encoder that they were copied from."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from trunkline.errors import InvalidInput
from trunkline.records.version import BranchSpec
from trunkline.trunk.checkpoint import check_header
from trunkline.trunk.encoder import Encoder

HEAD = "head."
BELOW = ("layers.", "norm.", "mix.")
"""What the names of a branch's tensors begin with: of the head, and of all under it."""


class Mix(nn.Module):
    """A learned mean of states: weights by softmax, then a scale (the scalar mix of ELMo, Peters et al. 2018)."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(count))
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, states: Sequence[Tensor]) -> Tensor:
        """Mix states, each (B, T, width), into one."""
        shares = self.scale * torch.softmax(self.weights, dim=0)
        mixed = shares[0] * states[0]
        for share, state in zip(shares[1:], states[1:], strict=True):
            mixed = mixed + share * state
        return mixed


class PassedOn(nn.Module):
    """In place of a decoder, which runs elsewhere: every state as it is."""

    def forward(self, hidden: Tensor, mask: Tensor) -> dict[str, Tensor]:
        return {"memory": hidden}


class BranchModule(nn.Module):
    """What a version runs of its own: layers k to k + b - 1, the final norm, and the head.

    The layers and the norm are deep copies, which train; what layers share (relative embeddings) stays the encoder's.
    With `reads="mix"` the head reads a learned mix of every state on its way: 0 to k, and its own layers'.
    """

    def __init__(self, encoder: Encoder, spec: BranchSpec, head: nn.Module) -> None:
        super().__init__()
        check_spec(spec, encoder.n_layers)
        self.spec = spec
        self._family = (encoder.family,)  # in a tuple: no parameter of the encoder is the branch's
        own = range(spec.fork_layer, spec.fork_layer + spec.branch_layers)
        self.layers = nn.ModuleList(encoder.family.copied(encoder.layers[index]) for index in own)
        norm = encoder.family.final_norm
        self.norm = nn.Identity() if norm is None else deepcopy(norm)
        self.mix = Mix(own.stop + 1) if spec.reads == "mix" else None
        self.head = head
        self.train().requires_grad_(True)

    @property
    def reads(self) -> tuple[int, ...]:
        """The layers whose states `forward` wants, in this order."""
        fork = self.spec.fork_layer
        return tuple(range(fork + 1)) if self.mix is not None else (fork,)

    def forward(self, states: Sequence[Tensor], mask: Tensor) -> dict[str, Tensor]:
        """Run the branch on the states that `reads` names, each (B, T, width), with their mask (B, T) bool."""
        return cast(dict[str, Tensor], self.head(self.carried(states, mask), mask))

    def carried(self, states: Sequence[Tensor], mask: Tensor) -> Tensor:
        """Give what the head reads, (B, T, width)."""
        family = self._family[0]
        on_the_way = list(states)
        if len(self.layers):
            context = family.context(on_the_way[-1], mask)
            for layer in self.layers:
                on_the_way.append(family.apply(layer, on_the_way[-1], context))
        read = on_the_way[-1] if self.mix is None else self.mix(on_the_way)
        return cast(Tensor, self.norm(read))

    def save(self, path: Path) -> None:
        """Write the branch's own tensors as safetensors."""
        from safetensors.torch import save_file

        save_file({name: tensor.detach().cpu().contiguous() for name, tensor in self.state_dict().items()}, path)

    def load_weights(self, path: Path) -> None:
        """Read what `save` wrote. Raises `InvalidInput` where names or shapes are not this branch's.

        A head that passes states on leaves those of the decoder in whose place it stands unread.
        """
        found = saved_tensors(path, "" if not isinstance(self.head, PassedOn) else BELOW)
        expected = {name: tuple(tensor.shape) for name, tensor in self.state_dict().items()}
        given = {name: tuple(tensor.shape) for name, tensor in found.items()}
        if given != expected:
            raise InvalidInput(f"{path} does not fit this branch: {_difference(expected, given)}")
        self.load_state_dict(found)


def load_head(head: nn.Module, path: Path) -> None:
    """Read the head alone of what a branch's `save` wrote. Raises `InvalidInput` where it is another's."""
    found = {name.removeprefix(HEAD): tensor for name, tensor in saved_tensors(path, HEAD).items()}
    expected = {name: tuple(tensor.shape) for name, tensor in head.state_dict().items()}
    given = {name: tuple(tensor.shape) for name, tensor in found.items()}
    if given != expected:
        raise InvalidInput(f"{path} does not fit this head: {_difference(expected, given)}")
    head.load_state_dict(found)


def saved_tensors(path: Path, prefixes: str | tuple[str, ...]) -> dict[str, Tensor]:
    """Read those of a branch's tensors whose names start so. Raises `InvalidInput` where the file cannot be read."""
    from safetensors import SafetensorError, safe_open

    check_header(path)
    try:
        with safe_open(str(path), framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys() if name.startswith(prefixes)}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}") from error


def check_spec(spec: BranchSpec, n_layers: int) -> None:
    """Raise `InvalidInput` where a branch would leave or end outside the trunk."""
    if not 0 <= spec.fork_layer <= n_layers:
        raise InvalidInput(f"fork_layer {spec.fork_layer}: the trunk has layers 0 to {n_layers}")
    room = n_layers - spec.fork_layer
    if not 0 <= spec.branch_layers <= room:
        raise InvalidInput(f"branch_layers {spec.branch_layers}: above layer {spec.fork_layer} the trunk has {room}")


def _difference(expected: dict[str, tuple[int, ...]], given: dict[str, tuple[int, ...]]) -> str:
    parts = []
    if missing := sorted(expected.keys() - given.keys()):
        parts.append(f"it lacks {', '.join(missing[:5])}")
    if foreign := sorted(given.keys() - expected.keys()):
        parts.append(f"it has {', '.join(foreign[:5])} besides")
    for name in sorted(expected.keys() & given.keys()):
        if expected[name] != given[name]:
            parts.append(f"{name} has shape {given[name]} where {expected[name]} is needed")
    return "; ".join(parts)
