"""Our engine with a rogue version beside a good one, in a process of its own: what the good one's requests wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from statistics import median
from threading import Event
from typing import Any

from benchmarks.speed.peers.protocol import serve
from trunkline import Encoded, EncoderInput, HeadConfig, Outputs, Settings, load_plugins
from trunkline.errors import TrunklineError
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.serving.terms import Terms
from trunkline.store.registry import Registry
from trunkline_classification.prediction import Prediction
from trunkline_classification.task import ClassificationTask

TASK = "classification"
NAP = 0.05  # seconds of each call to a decode that "sleeps"
ALLOWED = 1.0  # seconds that a request to the rogue may take: its clients give up, and others come


class Misbehaving(ClassificationTask):
    """Classification, but versions of as many labels as the rogue's decode as `manner` says."""

    def __init__(self, labels: int) -> None:
        self.labels = labels  # all that a decode is told of its version
        self.manner = "healthy"
        self.over = Event()

    def decode_all(
        self, outputs: Sequence[Outputs], encoded: Sequence[Encoded], config: HeadConfig
    ) -> Sequence[Prediction]:
        if len(config["labels"]) == self.labels:
            self._misbehave()
        return super().decode_all(outputs, encoded, config)

    def _misbehave(self) -> None:
        if self.manner == "raises":
            raise RuntimeError("a rogue")
        if self.manner == "sleeps":
            time.sleep(NAP)
        if self.manner == "hangs":
            self.over.wait()
        while self.manner == "spins" and not self.over.is_set():
            pass


class Rogue:
    """Commands of the child."""

    def load(self, home: str, good: str, rogue: str, labels: int, **settings: Any) -> None:
        """Load both versions; the rogue is told by its number of labels."""
        chosen = Settings(home=Path(home), queue_requests=65536, state_cache_mib=0, **settings)
        self.task = Misbehaving(labels)
        plugins = load_plugins()
        plugins = replace(plugins, tasks={**plugins.tasks, TASK: self.task})
        self.engine = Engine(RegistryCatalog(Registry.open(chosen)), plugins, chosen, follow=False)
        self.good, self.rogue = good, rogue
        for model in (good, rogue):
            self.engine.load(model)

    def run(self, texts: list[str], manner: str, connections: int, per_second: float, seconds: float) -> dict[str, Any]:
        """Keep `connections` requests to the good version in flight, and send the rogue `per_second` meanwhile.

        Gives the median and the 99th percentile of the good version's latencies, in seconds.
        """
        self.task.manner = manner
        self.task.over.clear()
        taken, asked, answered = asyncio.run(self._both(texts, connections, per_second, seconds))
        ordered = sorted(taken)
        return {
            "requests": len(taken),
            "p50": median(ordered),
            "p99": ordered[int(0.99 * (len(ordered) - 1))],
            "rogue_asked": asked,
            "rogue_answered": answered,
        }

    async def _both(
        self, texts: list[str], connections: int, per_second: float, seconds: float
    ) -> tuple[list[float], int, int]:
        inputs = [EncoderInput(text) for text in texts]
        end = time.perf_counter() + seconds
        taken: list[float] = []

        async def client(first: int) -> None:
            number = first
            while (started := time.perf_counter()) < end:
                await self.engine.predict(TASK, self.good, [inputs[number % len(inputs)]])
                taken.append(time.perf_counter() - started)
                number += connections

        async def other(number: int) -> bool:
            with suppress(TrunklineError):
                # from the other end of the texts: what both ask about at once would be computed once
                asked = inputs[-1 - number % len(inputs)]
                await self.engine.door(Terms.within(ALLOWED)).predict(TASK, self.rogue, [asked])
                return True
            return False

        async def others() -> list[asyncio.Task[bool]]:
            """Ask at a fixed pace, whatever becomes of it, so that every manner is offered the same."""
            began, sent = time.perf_counter(), []
            while (now := time.perf_counter()) < end:
                due = int((now - began) * per_second) + 1
                sent += [asyncio.create_task(other(number)) for number in range(len(sent), due)]
                await asyncio.sleep(1 / per_second)
            return sent

        *_, sent = await asyncio.gather(*(client(first) for first in range(connections)), others())
        self.task.over.set()
        return taken, len(sent), sum(await asyncio.gather(*sent))


if __name__ == "__main__":
    child = Rogue()
    serve({"load": child.load, "run": child.run})
