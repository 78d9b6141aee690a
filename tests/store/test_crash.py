"""Kill -9 during publish, at every step and at random times: nothing torn, nothing lost that was acknowledged.

`TRUNKLINE_TEST_KILLS` sets the number of random kills on each database (default 10; the full form has 1,000).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from trunkline.store.registry import Registry

RANDOM_KILLS = int(os.environ.get("TRUNKLINE_TEST_KILLS", "10"))


def test_killed_at_every_step(registry_url: str, blobs: Path, registry: Registry, drive: Callable[..., str]) -> None:
    """Every second step, on the databases alternately the even and the odd ones."""
    first = 0 if registry_url.startswith("sqlite") else 1
    seen = json.loads(drive("crash_driver.py", "steps", registry_url, blobs, 2, first))
    assert seen["kills"] >= 20
    assert (seen["lost"], seen["torn"]) == (0, 0)


def test_killed_at_random_times(registry_url: str, blobs: Path, registry: Registry, drive: Callable[..., str]) -> None:
    seen = json.loads(drive("crash_driver.py", "random", registry_url, blobs, RANDOM_KILLS, 0))
    assert seen["kills"] == RANDOM_KILLS
    assert seen["told"] >= RANDOM_KILLS
    assert (seen["lost"], seen["torn"]) == (0, 0)
