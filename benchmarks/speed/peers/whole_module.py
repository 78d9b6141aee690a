"""A whole model in plain transformers and torch, from its folder: encoder, pooling, linear head."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import AutoModel


class Whole(nn.Module):
    """Logits (B, labels) of the mean over tokens, or (B, T, tags) of each token."""

    def __init__(self, encoder: nn.Module, head: nn.Linear, pools: bool) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head
        self.pools = pools

    @classmethod
    def load(cls, folder: Path, attention: str = "sdpa") -> Whole:
        encoder = AutoModel.from_pretrained(folder, attn_implementation=attention, add_pooling_layer=False)
        weights = load_file(folder / "head.safetensors")
        head = nn.Linear(weights["weight"].shape[1], weights["weight"].shape[0])
        head.load_state_dict(weights)
        pools = json.loads((folder / "head.json").read_text())["task"] == "classification"
        return cls(encoder, head, pools).eval().requires_grad_(False)

    def forward(self, ids: Tensor, mask: Tensor, type_ids: Tensor) -> Tensor:
        hidden = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=type_ids).last_hidden_state
        if self.pools:
            weights = mask.unsqueeze(-1).to(hidden.dtype)
            hidden = (hidden * weights).sum(dim=1) / weights.sum(dim=1)
        logits: Tensor = self.head(hidden)
        return logits


def example() -> tuple[Tensor, Tensor, Tensor]:
    """Give ids, mask and type ids that a tracer may look at."""
    ids = torch.arange(14).view(2, 7) + 1000
    mask = torch.ones_like(ids)
    mask[0, -2:] = 0
    return ids, mask, torch.zeros_like(ids)
