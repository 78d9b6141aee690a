"""ModernBERT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from trunkline.trunk.families.family import Family


@dataclass(frozen=True, slots=True)
class RotaryContext:
    """Masks and rotary angles, by the kind of attention that a layer pays."""

    masks: dict[str, Tensor]  # (B, 1, 1, T) or (B, 1, T, T) bool
    rotary: dict[str, tuple[Tensor, Tensor]]  # cosine and sine, each (1, T, head width)


class ModernBert(Family):
    """Rotary positions, most layers see a local window only, normalisation before each block and at the end."""

    prefixes = ("model",)
    layer_names = "layers"
    has_pooler = False
    config_keys = (
        "vocab_size",
        "hidden_size",
        "intermediate_size",
        "num_hidden_layers",
        "num_attention_heads",
        "hidden_activation",
        "max_position_embeddings",
        "norm_eps",
        "norm_bias",
        "pad_token_id",
        "attention_bias",
        "attention_dropout",
        "layer_types",
        "rope_parameters",
        "local_attention",
        "embedding_dropout",
        "mlp_bias",
        "mlp_dropout",
    )
    read_keys = ("global_attn_every_n_layers", "global_rope_theta", "local_rope_theta")

    @property
    def final_norm(self) -> nn.Module:
        return cast(nn.Module, self.model.final_norm)

    def embed(self, ids: Tensor, type_ids: Tensor, mask: Tensor) -> Tensor:
        return cast(Tensor, self.model.embeddings(input_ids=ids))

    def context(self, hidden: Tensor, mask: Tensor) -> RotaryContext:
        positions = torch.arange(hidden.shape[1], device=hidden.device)
        distance = (positions[:, None] - positions[None, :]).abs()
        window = distance <= self.model.config.sliding_window
        # Padding beyond the window of the last token has no token to look at: let it look at itself.
        local = (window & mask[:, None, :]) | (distance == 0)
        kinds = sorted(set(self.model.config.layer_types))
        return RotaryContext(
            masks={"full_attention": mask[:, None, None, :], "sliding_attention": local[:, None]},
            rotary={kind: self.model.rotary_emb(hidden, positions[None], kind) for kind in kinds},
        )

    def apply(self, layer: nn.Module, hidden: Tensor, context: RotaryContext) -> Tensor:
        kind = cast(str, layer.attention_type)
        return cast(Tensor, layer(hidden, attention_mask=context.masks[kind], position_embeddings=context.rotary[kind]))
