"""Windows of different length as one rectangle."""

from __future__ import annotations

from typing import Any

import torch


def padded(features: list[dict[str, Any]], pad: int) -> dict[str, torch.Tensor]:
    width = max(len(feature["input_ids"]) for feature in features)
    ids = torch.full((len(features), width), pad)
    mask = torch.zeros((len(features), width), dtype=torch.long)
    for row, feature in enumerate(features):
        length = len(feature["input_ids"])
        ids[row, :length] = torch.tensor(feature["input_ids"])
        mask[row, :length] = 1
    return {"input_ids": ids, "attention_mask": mask}
