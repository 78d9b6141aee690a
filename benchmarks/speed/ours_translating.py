"""Our side of translation: the engine and the task's own way of answering, in a process of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.speed.peers.protocol import serve
from trunkline import Settings, load_plugins
from trunkline.serving.answers import ran
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry


class OursTranslating:
    """Commands of the child."""

    engine: Engine
    texts: Sequence[str]
    asks: dict[str, list[int]]

    def load(self, home: str, models: Sequence[str], lengths: str = "", **settings: Any) -> dict[str, Any]:
        """Load versions by reference; `lengths` is a file of the tokens that each text's translation must have."""
        fixed: dict[str, Any] = {"queue_requests": 65536, "deadline_seconds": 600, "state_cache_mib": 0}
        chosen = Settings(home=Path(home), **{**fixed, **settings})
        self.lengths: dict[str, int] = json.loads(Path(lengths).read_text()) if lengths else {}
        catalog = RegistryCatalog(Registry.open(chosen))
        self.engine = Engine(catalog, load_plugins(), chosen, models=models, follow=False)
        self.task = self.engine.plugins.head_task("translation")
        for model in models:
            self.engine.load(model)
        return {"backend": self.engine.backend.name, "precision": self.engine.backend.precision}

    def workload(self, file: str) -> None:
        """Take the texts, and which of them each model is asked about."""
        found = json.loads(Path(file).read_text())
        self.texts, self.asks = found["texts"], found["asks"]

    def run(self, answers: str | None = None) -> dict[str, Any]:
        """Translate the workload as a user asks for it: each text a request, all of them at once."""
        started, busy = time.perf_counter(), time.process_time()
        given = {
            model: ran(self.engine, self.task, model, [self._request(self.texts[index]) for index in wanted])
            for model, wanted in self.asks.items()
        }
        seconds, busy = time.perf_counter() - started, time.process_time() - busy
        if answers is not None:
            told = {model: [[one.translation, one.score] for one in found] for model, found in given.items()}
            Path(answers).write_text(json.dumps(told))
        return {"seconds": seconds, "cpu_seconds": busy}

    def _request(self, text: str) -> Any:
        """Ask for as many tokens as the others write: the end, which is forced on them, is among the lengths."""
        wanted = self.lengths.get(text)
        return self.task.request_model(text=text, max_length=None if wanted is None else wanted - 1)


if __name__ == "__main__":
    own = OursTranslating()
    serve({"load": own.load, "workload": own.workload, "run": own.run})
