"""Peer: whole models in transformers on torch, in fp32 or bf16 by autocast."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray

from benchmarks.speed.peers.batches import Batch
from benchmarks.speed.peers.looping import Looping
from benchmarks.speed.peers.whole_module import Whole


class TransformersWhole(Looping):
    precision = "fp32"

    def open(self, folder: Path, precision: str = "fp32") -> Any:
        self.precision = precision
        return Whole.load(folder)

    def logits(self, model: Any, batch: Batch) -> NDArray[Any]:
        inputs = (torch.from_numpy(part) for part in (batch.ids, batch.mask, batch.type_ids))
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=self.precision == "bf16"):
            return model(*inputs).float().numpy()  # type: ignore[no-any-return]


if __name__ == "__main__":
    TransformersWhole().serve()
