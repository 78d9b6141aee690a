"""A trunk's weights in memory: embeddings, layers one by one, final norm."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from trunkline.errors import InvalidInput
from trunkline.trunk.checkpoint import read_weights
from trunkline.trunk.families import family_of
from trunkline.trunk.families.family import Family
from trunkline.trunk.files import read_object


class Encoder(nn.Module):
    """The stem: frozen and in evaluation mode as it is loaded. States are (B, T, width), masks (B, T) bool."""

    def __init__(self, family: Family) -> None:
        super().__init__()
        self.model: nn.Module = family.model
        self._family = (family,)  # in a tuple: its modules are registered once, through `model`
        self.eval().requires_grad_(False)

    @classmethod
    def load(cls, folder: Path) -> Encoder:
        """Load from config.json and safetensors. Raises `TrunkError`, never runs code from the folder."""
        values = read_object(folder / "config.json")
        family = family_of(values.get("model_type"))
        config = family.config(values)
        return cls(family.build(config, read_weights(folder, family, config)))

    @property
    def family(self) -> Family:
        return self._family[0]

    @property
    def layers(self) -> nn.ModuleList:
        return self.family.layers

    @property
    def n_layers(self) -> int:
        return len(self.layers)

    @property
    def width(self) -> int:
        return int(self.family.model.config.hidden_size)

    def embed(self, ids: Tensor, type_ids: Tensor, mask: Tensor) -> Tensor:
        """Give the states at layer 0 for ids, type ids and mask, each (B, T)."""
        return self.family.embed(ids, type_ids, mask)

    def advance(self, hidden: Tensor, mask: Tensor, start: int, stop: int) -> Tensor:
        """Run the layers from `start` up to `stop`: the states at layer `start` become those at layer `stop`."""
        if not 0 <= start <= stop <= self.n_layers:
            raise InvalidInput(f"layers {start} to {stop}: the trunk has layers 0 to {self.n_layers}")
        context = self.family.context(hidden, mask)
        for index in range(start, stop):
            hidden = self.family.apply(self.layers[index], hidden, context)
        return hidden

    def finish(self, hidden: Tensor) -> Tensor:
        """Apply the final norm, where the family has one, to the states at the last layer."""
        norm = self.family.final_norm
        return hidden if norm is None else cast(Tensor, norm(hidden))

    def forward(self, ids: Tensor, type_ids: Tensor, mask: Tensor) -> Tensor:
        """Give transformers' own last hidden state."""
        return self.finish(self.advance(self.embed(ids, type_ids, mask), mask, 0, self.n_layers))

    def with_products_in(self, dtype: torch.dtype) -> Encoder:
        """Give a copy whose linear layers hold weights in `dtype`, so that autocast need not convert them each time."""
        others = [module for module in self.modules() if not isinstance(module, nn.Linear)]
        shared = {id(tensor): tensor for module in others for tensor in module.parameters(recurse=False)}
        copy = deepcopy(self, shared)
        for module in copy.modules():
            if isinstance(module, nn.Linear):
                module.to(dtype)
        return copy

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device
