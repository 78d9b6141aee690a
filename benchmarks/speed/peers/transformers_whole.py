"""Peer: whole models in transformers on torch, in fp32, or with weights in bf16.

Not by autocast: it makes frozen weights anew in bf16 at every request, which is most of the seconds of a short one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray

from benchmarks.speed.peers.batches import Batch
from benchmarks.speed.peers.looping import Looping
from benchmarks.speed.peers.whole_module import Whole


class TransformersWhole(Looping):
    def open(self, folder: Path, precision: str = "fp32") -> Any:
        return Whole.load(folder).to(torch.bfloat16 if precision == "bf16" else torch.float32)

    def logits(self, model: Any, batch: Batch) -> NDArray[Any]:
        inputs = (torch.from_numpy(part) for part in (batch.ids, batch.mask, batch.type_ids))
        with torch.inference_mode():
            return model(*inputs).float().numpy()  # type: ignore[no-any-return]


if __name__ == "__main__":
    TransformersWhole().serve()
