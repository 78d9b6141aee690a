"""Finished measurements, one JSON file each: what is there is not measured again."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent.parent / "results" / "quality"


def measured(key: str, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Give the measurement of that key, taking it now if it is not there yet."""
    found = stored(key)
    if found is not None:
        return found
    print(f"measuring {key}", file=sys.stderr, flush=True)
    started = time.perf_counter()
    value = measure()
    value["wall_seconds"] = round(time.perf_counter() - started, 1)
    file = RESULTS / f"{key}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_suffix(".part")
    aside.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    aside.replace(file)
    print(f"  {json.dumps(value)[:300]}", file=sys.stderr, flush=True)
    return value


def is_measured(key: str) -> bool:
    return stored(key) is not None


def stored(key: str) -> dict[str, Any] | None:
    """Give a finished measurement, or None."""
    file = RESULTS / f"{key}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def under(prefix: str) -> dict[str, dict[str, Any]]:
    """Give all finished measurements whose key starts with `prefix`."""
    found = {str(file.relative_to(RESULTS).with_suffix("")): file for file in sorted(RESULTS.rglob("*.json"))}
    return {key: json.loads(file.read_text(encoding="utf-8")) for key, file in found.items() if key.startswith(prefix)}
