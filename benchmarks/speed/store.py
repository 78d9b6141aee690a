"""Finished measurements, one JSON file each: what is there is not measured again."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.speed.machine import load_average, machine

Measured = dict[str, Any]


@dataclass(frozen=True)
class Store:
    """The results of one folder, by key: `four-tasks/fork-5`."""

    folder: Path

    def measured(self, key: str, measure: Callable[[], Measured]) -> Measured:
        """Give the measurement of that key, taking it now if it is not there; machine and load are noted."""
        found = self.found(key)
        if found is not None:
            return found
        before = load_average()
        print(f"measuring {key} (load average {before:.2f})", file=sys.stderr, flush=True)
        started = time.perf_counter()
        value = measure()
        value |= {
            "machine": machine(),
            "load_average": [before, load_average()],
            "wall_seconds": round(time.perf_counter() - started, 1),
        }
        self._keep(key, value)
        print(f"  {json.dumps(value.get('medians', value))[:300]}", file=sys.stderr, flush=True)
        return value

    def found(self, key: str) -> Measured | None:
        """Give a finished measurement, or None."""
        file = self._file(key)
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None

    def under(self, prefix: str) -> dict[str, Measured]:
        """Give all finished measurements whose key starts with `prefix`."""
        files = {
            str(file.relative_to(self.folder).with_suffix("")): file for file in sorted(self.folder.rglob("*.json"))
        }
        return {key: json.loads(file.read_text("utf-8")) for key, file in files.items() if key.startswith(prefix)}

    def _keep(self, key: str, value: Measured) -> None:
        file = self._file(key)
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(".part")
        aside.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        aside.replace(file)

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.json"
