"""What libraries of adapters have in common: one trunk, an adapter and a head for each task, all in one pass."""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AutoModel

from benchmarks.speed.peers.answers import read
from benchmarks.speed.peers.batches import batches
from benchmarks.speed.peers.protocol import serve

RANK, ALPHA = 8, 16


class Adapting(ABC):
    """Every task answers every text; rows of all tasks run together."""

    def load(self, base: str, models: dict[str, str]) -> None:
        """Load the trunk from `base`, and of each model's folder its adapter and head."""
        folders = {name: Path(folder) for name, folder in models.items()}
        self.names = list(models)
        self.heads = {name: json.loads((folder / "head.json").read_text()) for name, folder in folders.items()}
        self.layers = {name: _linear(load_file(folder / "head.safetensors")) for name, folder in folders.items()}
        encoder = AutoModel.from_pretrained(base, add_pooling_layer=False)
        adapters = [load_file(folder / "adapter.safetensors") for folder in folders.values()]
        self.model = self.adapted(encoder, [f"task{place}" for place in range(len(adapters))], adapters)
        self.tokenizer = Tokenizer.from_file(str(Path(base) / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(next(iter(self.heads.values()))["max_length"])

    @abstractmethod
    def adapted(self, encoder: Any, names: Sequence[str], adapters: Sequence[dict[str, Tensor]]) -> Any:
        """Put adapters with these weights (`<module>.A`, `<module>.B`) on the encoder."""

    @abstractmethod
    def states(self, ids: Tensor, mask: Tensor) -> Sequence[Tensor]:
        """Give each task's last states (rows, length, width)."""

    def workload(self, file: str) -> None:
        found = json.loads(Path(file).read_text())
        self.texts = found["texts"]

    def run(self, cut: dict[str, int], answers: str | None = None) -> dict[str, Any]:
        """Answer all tasks about all texts."""
        given: dict[str, dict[int, Any]] = {name: {} for name in self.names}
        started, busy = time.perf_counter(), time.process_time()
        encodings: dict[int, Any] = {}
        for batch in batches(self.tokenizer, self.texts, range(len(self.texts)), encodings, cut):
            ids, mask = torch.from_numpy(batch.ids), torch.from_numpy(batch.mask)
            with torch.inference_mode():
                found = self.states(ids, mask)
                for name, states in zip(self.names, found, strict=True):
                    weights = mask.unsqueeze(-1).float()
                    logits = self.layers[name]((states * weights).sum(1) / weights.sum(1)).numpy()
                    for row, index in enumerate(batch.rows):
                        given[name][index] = read(self.heads[name], logits[row], encodings[index])
        seconds, busy = time.perf_counter() - started, time.process_time() - busy
        if answers is not None:
            ordered = {name: [mine[index] for index in range(len(self.texts))] for name, mine in given.items()}
            Path(answers).write_text(json.dumps(ordered))
        return {"seconds": seconds, "cpu_seconds": busy}

    def serve(self) -> None:
        serve({"load": self.load, "workload": self.workload, "run": self.run})


def _linear(weights: dict[str, Tensor]) -> nn.Linear:
    layer = nn.Linear(weights["weight"].shape[1], weights["weight"].shape[0])
    layer.load_state_dict(weights)
    return layer.requires_grad_(False)
