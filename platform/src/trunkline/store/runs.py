"""Training runs: opened before the work, closed with what came of it."""

from __future__ import annotations

from typing import Any, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from trunkline.errors import Conflict, InvalidInput, NotFound
from trunkline.names import check_name
from trunkline.records import RunState, TrainingRun
from trunkline.store import checks, events
from trunkline.store.schema import TrainingRunRow

ERROR_CHARACTERS = 4000


def start(session: Session, task: str, name: str, settings: dict[str, Any]) -> int:
    """Open a run in state "running"; returns its id."""
    check_name(task, "task name")
    check_name(name, "model name")
    checks.check_json(settings, "settings")
    row = TrainingRunRow(
        task=task, name=name, state="running", settings=settings, actor=events.actor(), started_at=events.now()
    )
    session.add(row)
    session.flush()
    events.record(session, "run.started", f"{task}/{name}", run=row.id)
    return row.id


def finish(session: Session, run: int, state: RunState, error: str | None, version_number: int | None) -> None:
    """Close the run. Raises `Conflict` where it is closed already, `NotFound` where there is none."""
    closing = [known for known in get_args(RunState) if known != "running"]
    if state not in closing:
        raise InvalidInput(f"{state!r} is no state for a finished run: it is one of {', '.join(closing)}")
    row = session.get(TrainingRunRow, run)
    if row is None:
        raise NotFound(f"no training run with id {run}: start one first")
    if row.state != "running":
        raise Conflict(f"training run {run} is {row.state} already: start a new one")
    row.state, row.finished_at, row.version_number = state, events.now(), version_number
    row.error = None if error is None else _storable(error)
    events.record(session, f"run.{state}", f"{row.task}/{row.name}", run=run, version=version_number)


def listing(session: Session) -> list[TrainingRun]:
    """List runs, newest first."""
    return [_record(row) for row in session.scalars(select(TrainingRunRow).order_by(TrainingRunRow.id.desc()))]


def _storable(error: str) -> str:
    """Keep what a database can hold of any text: a failure must not fail for its message."""
    text = error[:ERROR_CHARACTERS].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text.encode("utf-8", "replace").decode("utf-8")


def _record(row: TrainingRunRow) -> TrainingRun:
    return TrainingRun.model_validate(
        {
            "id": row.id,
            "task": row.task,
            "name": row.name,
            "state": row.state,
            "settings": row.settings,
            "error": row.error,
            "version_number": row.version_number,
            "actor": row.actor,
            "started_at": row.started_at,
            "finished_at": row.finished_at,
        }
    )
