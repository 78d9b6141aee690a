"""What peers that translate have in common: one model, a workload, seconds from the texts to the translations."""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.speed.peers.protocol import serve


class Translating(ABC):
    """One model, asked under one name."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.asks: dict[str, list[int]] = {}
        self.lengths: dict[str, int] = {}

    @abstractmethod
    def open(self, folder: Path, **options: Any) -> None:
        """Load the model from its folder."""

    @abstractmethod
    def translated(self, texts: Sequence[str]) -> list[str]:
        """Translate, in the order of the texts."""

    def load(self, folder: str, lengths: str = "", **options: Any) -> None:
        """Load the model; `lengths` is a file of the tokens that each text's translation must have."""
        self.lengths = json.loads(Path(lengths).read_text()) if lengths else {}
        self.open(Path(folder), **options)

    def workload(self, file: str) -> None:
        """Take the texts, and which of them are asked about."""
        found = json.loads(Path(file).read_text())
        self.texts, self.asks = found["texts"], found["asks"]

    def run(self, answers: str | None = None) -> dict[str, Any]:
        """Translate the workload."""
        started, busy = time.perf_counter(), time.process_time()
        given = {model: self.translated([self.texts[index] for index in wanted]) for model, wanted in self.asks.items()}
        seconds, busy = time.perf_counter() - started, time.process_time() - busy
        if answers is not None:
            told = {model: [[text, 0.0] for text in found] for model, found in given.items()}
            Path(answers).write_text(json.dumps(told))
        return {"seconds": seconds, "cpu_seconds": busy}

    def serve(self) -> None:
        serve({"load": self.load, "workload": self.workload, "run": self.run})


def in_sorted_batches(sizes: Sequence[int], rows: int) -> Iterator[list[int]]:
    """Give the places of `sizes` in batches of `rows`, the longest first."""
    order = sorted(range(len(sizes)), key=lambda place: -sizes[place])
    for start in range(0, len(order), rows):
        yield order[start : start + rows]
