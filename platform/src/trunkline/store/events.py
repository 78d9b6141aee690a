"""The registry's history: who did what when."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from trunkline.records import Event
from trunkline.store.schema import EventRow


def actor() -> str:
    """Name the operating system's user, as far as it has a name."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container without an entry in its password file
        return "unknown"
    return name if name.isprintable() and name else "unknown"


def now() -> datetime:
    return datetime.now(UTC)


def record(session: Session, action: str, subject: str, **details: Any) -> None:
    """Add an event to the session's transaction."""
    session.add(EventRow(at=now(), actor=actor(), action=action, subject=subject, details=details))


def listing(session: Session, after: int, subject: str | None) -> list[Event]:
    """List events with an id above `after`, oldest first.

    `subject` is one subject ("ner/tickets@4"), or a model ("ner/tickets") with all its versions and aliases.
    """
    query = select(EventRow).where(EventRow.id > after).order_by(EventRow.id)
    if subject is not None:
        inside = EventRow.subject.startswith(f"{subject}@", autoescape=True)
        query = query.where(or_(EventRow.subject == subject, inside))
    return [_record(row) for row in session.scalars(query)]


def newest(session: Session) -> int:
    """Read the highest event id; 0 where there is none."""
    return session.scalar(select(func.max(EventRow.id))) or 0


def _record(row: EventRow) -> Event:
    return Event(
        id=row.id, at=row.at, actor=row.actor, action=row.action, subject=row.subject, details=row.details
    )  # fmt: skip
