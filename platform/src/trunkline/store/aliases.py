"""Aliases: names for versions, moved by compare-and-set."""

from __future__ import annotations

from enum import Enum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from trunkline.errors import Conflict, NotFound
from trunkline.names import Reference
from trunkline.records import Version
from trunkline.store import events, lookup, versions
from trunkline.store.schema import AliasRow, ModelRow, VersionRow


class Unset(Enum):
    """Nothing was expected, which differs from expecting that there is no alias (None)."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


def move(session: Session, reference: Reference, alias: str, expected: int | Unset | None) -> Version:
    """Let `alias` point at the version; where `expected` is given, only if it points at that number now.

    None expects that the model has no such alias. Raises `Conflict` where it is otherwise.
    """
    row = lookup.version_row(session, reference)
    found = session.get(AliasRow, (row.model_id, alias))
    present = found.version.number if found else None
    subject = f"{lookup.path(row.model)}@{alias}"
    if expected is not UNSET and present != expected:
        raise Conflict(f"{subject} is {_said(present)}, not {_said(expected)} as expected: look again, then decide")
    if present != row.number:
        if found is None:
            found = AliasRow(model_id=row.model_id, name=alias)
            session.add(found)
        found.version, found.moved_at = row, events.now()
        events.record(session, "alias.moved", subject, before=present, after=row.number)
        session.flush()
        session.refresh(row, ["aliases"])
    return versions.record(row)


def remove(session: Session, reference: Reference, alias: str) -> None:
    """Remove `alias` from the model. Raises `NotFound` where it has none of that name."""
    model = lookup.model_row(session, reference)
    found = session.get(AliasRow, (model.id, alias))
    if found is None:
        known = session.scalars(select(AliasRow.name).where(AliasRow.model_id == model.id)).all()
        raise NotFound.named(f"alias of {lookup.path(model)}", alias, known)
    before = found.version.number
    session.delete(found)
    events.record(session, "alias.removed", f"{lookup.path(model)}@{alias}", before=before)


def listing(session: Session) -> dict[tuple[str, str, str], int]:
    """Map (task, model name, alias) to the number it points at."""
    query = (
        select(ModelRow.task, ModelRow.name, AliasRow.name, VersionRow.number)
        .join(AliasRow, AliasRow.model_id == ModelRow.id)
        .join(VersionRow, VersionRow.id == AliasRow.version_id)
        .order_by(ModelRow.task, ModelRow.name, AliasRow.name)
    )
    return {(task, name, alias): number for task, name, alias, number in session.execute(query)}


def _said(number: int | None) -> str:
    return "absent" if number is None else f"at version {number}"
