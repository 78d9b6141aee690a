"""Bodies of HTTP requests as a file that the load generator reads."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.speed.places import passed


def written(name: str, bodies: Any) -> str:
    file = passed("bodies", name)
    file.write_text(json.dumps(bodies))
    return str(file)
