"""From what a user writes to the row that is meant, with near names where there is none."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from trunkline.errors import InvalidInput, NotFound
from trunkline.names import Reference, check_name
from trunkline.store.schema import DELETED, LIVE, AliasRow, ModelRow, VersionRow

LOADED = (
    joinedload(VersionRow.model),
    selectinload(VersionRow.artifacts),
    selectinload(VersionRow.aliases),
)


def parse(reference: str | Reference, task: str | None = None) -> Reference:
    """Read a reference and what task it is of. Raises `InvalidInput` where both tell and differ."""
    parsed = Reference.parse(reference) if isinstance(reference, str) else reference
    if task is None or task == parsed.task:
        return parsed
    if parsed.task is not None:
        raise InvalidInput(f"{str(parsed)!r} names a model of task {parsed.task!r}, where one of {task!r} is wanted")
    return Reference(parsed.name, check_name(task, "task name"), parsed.alias, parsed.number)


def version_row(session: Session, reference: Reference) -> VersionRow:
    """Find the live version that `reference` means. Raises `NotFound` with near names."""
    model = model_row(session, reference)
    if reference.alias is not None:
        return _aliased(session, model, reference.alias)
    if reference.number is not None:
        return _numbered(session, model, reference.number)
    return _newest(session, model)


def model_row(session: Session, reference: Reference) -> ModelRow:
    """Find the model by its name, which is unique across tasks. Raises `NotFound` with near names."""
    model = session.scalar(select(ModelRow).where(ModelRow.name == reference.name))
    if model is None:
        raise _no_model(session, reference)
    if reference.task not in (None, model.task):
        raise NotFound(
            f"no {reference.task} model named {model.name!r}: that name is a {model.task} model, {path(model)}"
        )
    return model


def path(model: ModelRow) -> str:
    """Write a model's full name: `ner/tickets`."""
    return f"{model.task}/{model.name}"


def _no_model(session: Session, reference: Reference) -> NotFound:
    live = select(VersionRow.model_id).where(VersionRow.state == LIVE)
    models = session.scalars(select(ModelRow).where(ModelRow.id.in_(live))).all()
    if reference.task is None:
        return NotFound.named("model", reference.name, [model.name for model in models])
    asked = f"{reference.task}/{reference.name}"
    return NotFound.named("model", asked, [path(model) for model in models])


def _aliased(session: Session, model: ModelRow, alias: str) -> VersionRow:
    of_model = AliasRow.model_id == model.id
    query = select(VersionRow).join(AliasRow).where(of_model, AliasRow.name == alias).options(*LOADED)
    row = session.scalar(query)
    if row is None:
        known = session.scalars(select(AliasRow.name).where(of_model)).all()
        raise NotFound.named(f"alias of {path(model)}", alias, known)
    return row


def _numbered(session: Session, model: ModelRow, number: int) -> VersionRow:
    query = select(VersionRow).where(VersionRow.model_id == model.id, VersionRow.number == number)
    row = session.scalar(query.options(*LOADED))
    if row is None:
        raise NotFound(f"{path(model)} has no version {number}; {_live_numbers(session, model)}")
    if row.state == DELETED:
        raise NotFound(
            f"{path(model)}@{number} was deleted on {row.deleted_at:%Y-%m-%d}; {_live_numbers(session, model)}"
        )
    return row


def _newest(session: Session, model: ModelRow) -> VersionRow:
    live = select(VersionRow).where(VersionRow.model_id == model.id, VersionRow.state == LIVE)
    row = session.scalar(live.order_by(VersionRow.number.desc()).limit(1).options(*LOADED))
    if row is None:
        raise NotFound(f"every version of {path(model)} was deleted: register a new one")
    return row


def _live_numbers(session: Session, model: ModelRow) -> str:
    query = select(VersionRow.number).where(VersionRow.model_id == model.id, VersionRow.state == LIVE)
    numbers = session.scalars(query.order_by(VersionRow.number.desc()).limit(10)).all()
    return f"it has {', '.join(map(str, numbers))}" if numbers else "it has none left"
