"""RoBERTa and XLM-RoBERTa."""

from __future__ import annotations

from typing import ClassVar, cast

import torch
from torch import Tensor

from trunkline.trunk.families.bert import Bert


class Roberta(Bert):
    """BERT with positions that count tokens from `pad_token_id + 1`, and padding at `pad_token_id`."""

    prefixes: ClassVar = ("roberta",)

    def embed(self, ids: Tensor, type_ids: Tensor, mask: Tensor) -> Tensor:
        padding = self.model.embeddings.padding_idx
        real = mask.long()
        positions = torch.cumsum(real, dim=1) * real + padding  # from the mask: a text may hold the padding token
        if self.model.config.type_vocab_size < 2:  # as with transformers, whatever the template says
            type_ids = torch.zeros_like(type_ids)
        return cast(Tensor, self.model.embeddings(input_ids=ids, token_type_ids=type_ids, position_ids=positions))
