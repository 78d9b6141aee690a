"""Our side: the engine in a process of its own, speaking the peers' line protocol."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.speed.peers.protocol import serve
from benchmarks.speed.timed_parts import timed_parts
from trunkline import EncoderInput, Settings, load_plugins
from trunkline.backends.backend import Backend
from trunkline.backends.calibration import Calibration
from trunkline.backends.pieces import Workshop
from trunkline.backends.select import choose
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry
from trunkline.trunk.batch import TokenBatch

CHUNK = 512  # texts that are asked about together
AHEAD = 2  # chunks in flight: one is computed while the next is tokenised
Given = dict[str, list[Any]]


class Ours:
    """Commands of the child."""

    engine: Engine
    texts: Sequence[str]
    asks: dict[str, list[int]]

    def load(self, home: str, models: Sequence[str], calibration: str = "", **settings: Any) -> dict[str, Any]:
        """Load versions by reference; `calibration` is a file of texts, a line each, to quantize on."""
        fixed: dict[str, Any] = {"queue_requests": 65536, "deadline_seconds": 600}
        fixed["state_cache_mib"] = 0  # rounds ask about the same texts: none may be answered from memory
        chosen = Settings(home=Path(home), **{**fixed, **settings})
        self.registry = Registry.open(chosen)
        catalog = RegistryCatalog(self.registry)
        backend = _quantizing(chosen, catalog, Path(calibration)) if calibration else None
        self.engine = Engine(catalog, load_plugins(), chosen, backend, models=models, follow=False)
        self.chosen = chosen
        for model in models:
            self.engine.load(model)
        return {"backend": self.engine.backend.name, "precision": self.engine.backend.precision}

    def workload(self, file: str) -> None:
        """Take the texts, and which of them each model is asked about."""
        found = json.loads(Path(file).read_text())
        self.texts, self.asks = found["texts"], found["asks"]

    def run(self, manner: str = "together", connections: int = 32, answers: str | None = None) -> dict[str, Any]:
        """Answer the workload: all tasks "together", "single" texts in turn, or as many in flight as `connections`."""
        before = self.engine.stats()
        started, busy = time.perf_counter(), time.process_time()
        if manner == "single":
            given = self._single()
        else:
            given = asyncio.run(self._together() if manner == "together" else self._in_flight(connections))
        seconds, busy = time.perf_counter() - started, time.process_time() - busy
        after = self.engine.stats()
        if answers is not None:
            told = {name: [_told(one) for one in found] for name, found in given.items()}
            Path(answers).write_text(json.dumps(told))
        useful, padded = (getattr(after, part) - getattr(before, part) for part in ("useful_tokens", "padded_tokens"))
        passes = after.stem_passes - before.stem_passes
        return {
            "seconds": seconds,
            "cpu_seconds": busy,
            "useful_tokens": useful,
            "padded_tokens": padded,
            "stem_passes": passes,
        }

    def parts(self, rest: float, **arguments: Any) -> dict[str, Any]:
        """Answer the workload, timed by parts; `rest` seconds after what was before."""
        time.sleep(rest)
        with timed_parts() as seconds:
            run = self.run(**arguments)
        return {**run, "parts": dict(seconds)}

    def stem(self, rows: int, length: int, repeats: int) -> dict[str, Any]:
        """Time the bare stem on random tokens: seconds of each pass."""
        info = self.registry.trunks()[0]
        stem = self.engine.backend.load_stem(self.registry.trunk_folder(info.id), info)
        ids = np.random.default_rng(0).integers(1000, 20000, (rows, length))
        batch = TokenBatch(ids, np.zeros_like(ids), np.ones(ids.shape, dtype=bool))
        taken = []
        for _ in range(repeats):
            started = time.perf_counter()
            stem.advance(stem.embed(batch), info.n_layers)
            taken.append(time.perf_counter() - started)
        return {"seconds": taken}

    def _single(self) -> Given:
        return {
            model: [
                self.engine.predict_many(_task(model), model, [EncoderInput(self.texts[index])]).predictions[0]
                for index in wanted
            ]
            for model, wanted in self.asks.items()
        }

    async def _together(self) -> Given:
        """Ask all models about a chunk of texts at once; chunks overlap."""
        given: Given = {model: [] for model in self.asks}
        inputs = [EncoderInput(text) for text in self.texts]
        room = asyncio.Semaphore(AHEAD)

        async def chunk(first: int) -> list[tuple[str, Sequence[Any]]]:
            async with room:
                asked = {model: _within(wanted, first) for model, wanted in self.asks.items()}
                asked = {model: wanted for model, wanted in asked.items() if wanted}
                doors = self.engine.together(len(asked))
                calls: list[Coroutine[Any, Any, Any]] = [
                    door.predict(_task(model), model, [inputs[index] for index in wanted])
                    for door, (model, wanted) in zip(doors, asked.items(), strict=True)
                ]
                found = await asyncio.gather(*calls)
                return [(model, one.predictions) for model, one in zip(asked, found, strict=True)]

        for part in await asyncio.gather(*map(chunk, range(0, len(inputs), CHUNK))):
            for model, predictions in part:
                given[model] += predictions
        return given

    async def _in_flight(self, connections: int) -> Given:
        """Ask about one text at a time, as that many clients would."""
        questions = [(model, place, index) for model, asked in self.asks.items() for place, index in enumerate(asked)]
        given: Given = {model: [None] * len(wanted) for model, wanted in self.asks.items()}
        waiting = iter(questions)

        async def client() -> None:
            for model, place, index in waiting:
                answer = await self.engine.predict(_task(model), model, [EncoderInput(self.texts[index])])
                given[model][place] = answer.predictions[0]

        await asyncio.gather(*(client() for _ in range(connections)))
        return given


def _quantizing(settings: Settings, catalog: RegistryCatalog, texts: Path) -> Backend:
    """Give the backend that makes in int8 what is not there yet."""
    inputs = [EncoderInput(text) for text in texts.read_text(encoding="utf-8").split("\n")]
    return choose(settings, catalog, Workshop(settings.cache, Calibration.sample(inputs, str(texts))))


def _task(model: str) -> str:
    return model.split("/")[0]


def _within(wanted: Sequence[int], first: int) -> list[int]:
    return [index for index in wanted if first <= index < first + CHUNK]


def _told(prediction: Any) -> Any:
    """Give an answer as the peers write theirs."""
    if isinstance(prediction, list):
        return [[start, end, label] for start, end, label, _ in prediction]
    return list(next(prediction.first(1)))


if __name__ == "__main__":
    own = Ours()
    serve({"load": own.load, "workload": own.workload, "run": own.run, "parts": own.parts, "stem": own.stem})
