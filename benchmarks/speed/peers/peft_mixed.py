"""Peer: PEFT, each row of a batch with an adapter of its own (`adapter_names`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor

from benchmarks.speed.peers.adapting import ALPHA, RANK, Adapting


class PeftMixed(Adapting):
    def adapted(self, encoder: Any, names: Sequence[str], adapters: Sequence[dict[str, Tensor]]) -> Any:
        modules = sorted({key.rsplit(".", 1)[0] for key in adapters[0]})
        model: Any = get_peft_model(encoder, LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=modules), names[0])
        for name in names[1:]:
            model.add_adapter(name, LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=modules))
        for name, weights in zip(names, adapters, strict=True):
            for module in modules:
                layer = encoder.get_submodule(module)
                layer.lora_A[name].weight.data.copy_(weights[f"{module}.A"])
                layer.lora_B[name].weight.data.copy_(weights[f"{module}.B"])
        self.adapters = list(names)
        return model.eval().requires_grad_(False)

    def states(self, ids: Tensor, mask: Tensor) -> Sequence[Tensor]:
        tasks = len(self.adapters)
        rows = [name for name in self.adapters for _ in range(len(ids))]
        found = self.model(
            input_ids=ids.repeat(tasks, 1), attention_mask=mask.repeat(tasks, 1), adapter_names=rows
        ).last_hidden_state
        return list(torch.chunk(found, tasks))


if __name__ == "__main__":
    PeftMixed().serve()
