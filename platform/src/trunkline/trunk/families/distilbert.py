"""DistilBERT."""

from __future__ import annotations

from typing import cast

from torch import Tensor

from trunkline.trunk.families.family import Family


class DistilBert(Family):
    """BERT with half the layers and without token types."""

    prefixes = ("distilbert",)
    layer_names = "transformer.layer"
    has_pooler = False
    config_keys = (
        "vocab_size",
        "dim",
        "n_layers",
        "n_heads",
        "hidden_dim",
        "activation",
        "dropout",
        "attention_dropout",
        "max_position_embeddings",
        "pad_token_id",
    )
    read_keys = ("hidden_size", "num_hidden_layers", "num_attention_heads")

    def embed(self, ids: Tensor, type_ids: Tensor, mask: Tensor) -> Tensor:
        return cast(Tensor, self.model.embeddings(ids))
