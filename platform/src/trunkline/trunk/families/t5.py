"""T5, with its first version's feed-forward layers and the gated ones of 1.1 and FLAN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from torch import Tensor, nn

from trunkline.trunk.attention import masked_bias
from trunkline.trunk.families.seq2seq import Seq2Seq


class T5(Seq2Seq):
    """Relative positions alone: a bias of attention, whose table is the first layer's and which all layers add."""

    prefixes = ("encoder", "transformer.encoder")
    layer_names = "block"
    embedding_names = ("embed_tokens.",)
    shared_names: ClassVar[Mapping[str, str]] = {
        "shared.weight": "embed_tokens.weight",
        "transformer.shared.weight": "embed_tokens.weight",
    }
    encoder_class = ("t5.modeling_t5", "T5Stack")
    config_keys = (
        "vocab_size",
        "d_model",
        "d_kv",
        "d_ff",
        "num_layers",
        "num_heads",
        "relative_attention_num_buckets",
        "relative_attention_max_distance",
        "dropout_rate",
        "layer_norm_epsilon",
        "feed_forward_proj",
        "pad_token_id",
    )

    @property
    def final_norm(self) -> nn.Module:
        return cast(nn.Module, self.model.final_layer_norm)

    def embed(self, ids: Tensor, type_ids: Tensor, mask: Tensor) -> Tensor:
        return cast(Tensor, self.model.dropout(self.model.embed_tokens(ids)))

    def context(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Give the bias (B, heads, T, T) of every layer; what is not seen is in it."""
        length = hidden.shape[1]
        bias = _attention(self.layers[0]).compute_bias(length, length, device=hidden.device)
        return masked_bias(bias, mask[:, None, None, :])

    def apply(self, layer: nn.Module, hidden: Tensor, context: Tensor) -> Tensor:
        return cast(Tensor, layer(hidden, position_bias=context)[0])

    def copied(self, layer: nn.Module) -> nn.Module:
        copy = super().copied(layer)
        own = _attention(copy)
        if own.has_relative_attention_bias:  # the encoder's is read, and a branch has no other
            own.has_relative_attention_bias = False
            del own.relative_attention_bias
        return copy


def _attention(layer: Any) -> Any:
    return layer.layer[0].SelfAttention
