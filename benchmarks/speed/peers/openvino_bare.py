"""Peer: nothing but the forward of a whole model, its inputs ready: the floor under any latency."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from typing import Any

from tokenizers import Tokenizer

from benchmarks.speed.peers.batches import batches
from benchmarks.speed.peers.openvino_whole import OpenVinoWhole
from benchmarks.speed.peers.protocol import serve


class Bare:
    """One model, and texts as batches of one."""

    def load(self, folder: str, texts: list[str]) -> None:
        self.peer = OpenVinoWhole()
        self.model = self.peer.open(Path(folder), "bf16")
        tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
        tokenizer.no_padding()
        self.batches = list(batches(tokenizer, texts, range(len(texts)), {}, {"rows": 1}))

    def run(self, seconds: float) -> dict[str, Any]:
        taken = []
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for batch in self.batches:
                started = time.perf_counter()
                self.peer.logits(self.model, batch)
                taken.append(time.perf_counter() - started)
        return {"median_latency": median(taken)}


if __name__ == "__main__":
    bare = Bare()
    serve({"load": bare.load, "run": bare.run})
