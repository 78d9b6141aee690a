"""What peers that call a model in a loop have in common: models by name, workloads, seconds."""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from tokenizers import Tokenizer

from benchmarks.speed.peers.answers import read
from benchmarks.speed.peers.batches import Batch, batches
from benchmarks.speed.peers.protocol import serve


class Looping(ABC):
    """Whole models, one after the other over the same batches."""

    def __init__(self) -> None:
        self.heads: dict[str, dict[str, Any]] = {}
        self.models: dict[str, Any] = {}
        self.tokenizer: Any = None
        self.texts: list[str] = []
        self.asks: dict[str, list[int]] = {}

    @abstractmethod
    def open(self, folder: Path, **options: Any) -> Any:
        """Load a whole model from its folder."""

    @abstractmethod
    def logits(self, model: Any, batch: Batch) -> NDArray[Any]:
        """Run a batch: (rows, labels), or (rows, length, tags)."""

    def load(self, models: dict[str, str], **options: Any) -> None:
        """Load models by name from their folders."""
        for name, place in models.items():
            folder = Path(place)
            self.heads[name] = json.loads((folder / "head.json").read_text())
            self.models[name] = self.open(folder, **options)
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(self.heads[name]["max_length"])

    def workload(self, file: str) -> None:
        """Take the texts, and which of them each model is asked about."""
        found = json.loads(Path(file).read_text())
        self.texts, self.asks = found["texts"], found["asks"]

    def run(self, cut: dict[str, int], answers: str | None = None) -> dict[str, Any]:
        """Answer the workload; seconds from the texts to the decoded answers."""
        given: dict[str, dict[int, Any]] = {name: {} for name in self.asks}
        useful = padded = 0
        started, busy = time.perf_counter(), time.process_time()
        encodings: dict[int, Any] = {}
        for name, wanted in self.asks.items():
            model, head, mine = self.models[name], self.heads[name], given[name]
            for batch in batches(self.tokenizer, self.texts, wanted, encodings, cut):
                logits = self.logits(model, batch)
                useful, padded = useful + batch.useful, padded + batch.ids.size
                for row, index in enumerate(batch.rows):
                    mine[index] = read(head, logits[row], encodings[index])
        seconds, busy = time.perf_counter() - started, time.process_time() - busy
        if answers is not None:
            ordered = {name: [mine[index] for index in self.asks[name]] for name, mine in given.items()}
            Path(answers).write_text(json.dumps(ordered))
        return {"seconds": seconds, "cpu_seconds": busy, "useful_tokens": useful, "padded_tokens": padded}

    def serve(self) -> None:
        serve({"load": self.load, "workload": self.workload, "run": self.run})
