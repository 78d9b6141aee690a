"""Bodies of HTTP requests as a file that the load generator reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from benchmarks.speed.places import MADE


def written(name: str, bodies: Sequence[Any]) -> str:
    file = MADE / "workloads" / f"bodies-{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(bodies))
    return str(file)
