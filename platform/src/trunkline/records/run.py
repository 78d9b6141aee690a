"""An attempt at tuning, whether or not it came to a version."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from trunkline.records.record import Record

RunState = Literal["running", "succeeded", "failed", "stopped"]


class TrainingRun(Record):
    """One training run; "stopped" means that the user interrupted it."""

    id: int
    task: str
    name: str
    state: RunState
    settings: dict[str, Any]
    error: str | None
    version_number: int | None  # what it came to
    actor: str
    started_at: datetime
    finished_at: datetime | None
