"""Peer: AdapterHub's `Parallel`, which repeats the rows for each adapter where the first of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import adapters
import torch
from adapters import LoRAConfig
from adapters.composition import Parallel
from torch import Tensor

from benchmarks.speed.peers.adapting import ALPHA, RANK, Adapting


class AdaptersParallel(Adapting):
    def adapted(self, encoder: Any, names: Sequence[str], found: Sequence[dict[str, Tensor]]) -> Any:
        modules = sorted({key.rsplit(".", 1)[0] for key in found[0]})
        adapted = {int(module.split(".")[2]) for module in modules}
        others = [layer for layer in range(encoder.config.num_hidden_layers) if layer not in adapted]
        adapters.init(encoder)
        for name, weights in zip(names, found, strict=True):
            encoder.add_adapter(name, LoRAConfig(r=RANK, alpha=ALPHA, attn_matrices=["q", "v"], leave_out=others))
            for module in modules:
                lora = encoder.get_submodule(module).loras[name]
                lora.lora_A.data.copy_(weights[f"{module}.A"])
                lora.lora_B.data.copy_(weights[f"{module}.B"])
        encoder.active_adapters = Parallel(*names)
        self.tasks = len(names)
        return encoder.eval().requires_grad_(False)

    def states(self, ids: Tensor, mask: Tensor) -> Sequence[Tensor]:
        found = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        return list(torch.chunk(found, self.tasks))


if __name__ == "__main__":
    AdaptersParallel().serve()
