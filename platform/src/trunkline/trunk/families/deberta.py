"""DeBERTa versions 2 and 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

from torch import Tensor, nn

from trunkline.trunk.families.bert import BERT_KEYS
from trunkline.trunk.families.family import Family


@dataclass(frozen=True, slots=True)
class RelativeContext:
    """Masks, and what attention by relative position needs; the table is the encoder's, shared by all layers."""

    tokens: Tensor  # (B, T) int64: 1 where a token is
    pairs: Tensor  # (B, 1, T, T) int64: 1 where both are tokens
    positions: Tensor | None  # (1, T, T) int64, the bucket of each distance
    embeddings: Tensor | None  # (2 * buckets, width)


class ConvolvedLayer(nn.Module):
    """The first layer with the convolution that some checkpoints run beside it."""

    def __init__(self, layer: nn.Module, conv: nn.Module) -> None:
        super().__init__()
        self.layer = layer
        self.conv = conv


class Deberta(Family):
    """Disentangled attention: content and relative position are attended to apart."""

    prefixes = ("deberta",)
    has_pooler = False
    attends = False  # its attention is transformers' own code
    config_keys = (
        *BERT_KEYS,
        "relative_attention",
        "max_relative_positions",
        "position_buckets",
        "position_biased_input",
        "pos_att_type",
        "share_att_key",
        "norm_rel_ebd",
        "attention_head_size",
        "embedding_size",
        "conv_kernel_size",
        "conv_groups",
        "conv_act",
    )
    fixed: ClassVar = {}

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        layers = list(model.encoder.layer)
        if model.encoder.conv is not None:
            layers[0] = ConvolvedLayer(layers[0], model.encoder.conv)
        self._layers = nn.ModuleList(layers)

    @property
    def layers(self) -> nn.ModuleList:
        return self._layers

    def embed(self, ids: Tensor, type_ids: Tensor, mask: Tensor) -> Tensor:
        return cast(Tensor, self.model.embeddings(input_ids=ids, token_type_ids=type_ids, mask=mask))

    def context(self, hidden: Tensor, mask: Tensor) -> RelativeContext:
        encoder = self.model.encoder
        tokens = mask.long()
        return RelativeContext(
            tokens=tokens,
            pairs=encoder.get_attention_mask(tokens),
            positions=encoder.get_rel_pos(hidden),
            embeddings=encoder.get_rel_embedding(),
        )

    def apply(self, layer: nn.Module, hidden: Tensor, context: RelativeContext) -> Tensor:
        attention = layer.layer if isinstance(layer, ConvolvedLayer) else layer
        output = cast(
            Tensor,
            attention(hidden, context.pairs, relative_pos=context.positions, rel_embeddings=context.embeddings)[0],
        )
        if isinstance(layer, ConvolvedLayer):
            output = cast(Tensor, layer.conv(hidden, output, context.tokens))
        return output
