"""BERT, and what is built like it: MiniLM, E5, BGE."""

from __future__ import annotations

from typing import ClassVar, cast

from torch import Tensor

from trunkline.trunk.families.family import Family

BERT_KEYS = (
    "vocab_size",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "hidden_act",
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "max_position_embeddings",
    "type_vocab_size",
    "layer_norm_eps",
    "pad_token_id",
)


class Bert(Family):
    """Absolute positions, normalisation after each block, no final norm."""

    prefixes = ("bert",)
    config_keys = BERT_KEYS
    fixed: ClassVar = {**Family.fixed, "position_embedding_type": "absolute"}

    def embed(self, ids: Tensor, type_ids: Tensor, mask: Tensor) -> Tensor:
        return cast(Tensor, self.model.embeddings(input_ids=ids, token_type_ids=type_ids))
