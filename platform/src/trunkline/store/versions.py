"""Versions of models: numbered when registered, immutable, a tombstone once deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from trunkline.errors import Conflict, NotFound
from trunkline.names import Reference
from trunkline.records import BranchSpec, EvaluationDraft, ModelInfo, TrunkInfo, Version, VersionDraft
from trunkline.store import checks, evaluations, events, lookup, trunks
from trunkline.store.schema import DELETED, LIVE, ModelRow, VersionArtifactRow, VersionRow


def insert(
    session: Session, draft: VersionDraft, digests: Mapping[str, str], measured: Sequence[EvaluationDraft]
) -> Version:
    """Add the version with the model's next number, its artifacts (role to SHA-256) and its evaluations.

    Raises `NotFound` for an unknown trunk, `Conflict` where the name is another task's.
    """
    checks.check_branch(draft.branch, trunk_of(session, draft))
    if draft.dataset_fingerprint is not None:
        evaluations.add_dataset(session, draft.dataset_fingerprint)
    row = _row(draft, _model(session, draft))
    row.artifacts = [VersionArtifactRow(role=role, sha256=digest) for role, digest in digests.items()]
    session.add(row)
    session.flush()
    version = record(row)
    events.record(session, "version.registered", version.reference, tuning=draft.tuning, trunk=draft.trunk_id)
    for evaluation in measured:
        evaluations.insert(session, row, evaluation)
    return version


def delete(session: Session, reference: Reference) -> None:
    """Leave a tombstone. Raises `NotFound`, or `Conflict` while an alias points at the version."""
    row = lookup.version_row(session, reference)
    version = record(row)
    if version.aliases:
        names = ", ".join(version.aliases)
        raise Conflict(f"{version.reference} is still {names}: move or remove the alias first")
    row.artifacts = []
    row.state, row.deleted_at = DELETED, events.now()
    events.record(session, "version.deleted", version.reference)


def listing(session: Session, task: str | None, name: str | None) -> list[Version]:
    """List live versions, newest first."""
    query = select(VersionRow).join(VersionRow.model).where(VersionRow.state == LIVE).options(*lookup.LOADED)
    if task is not None:
        query = query.where(ModelRow.task == task)
    if name is not None:
        query = query.where(ModelRow.name == name)
    return [record(row) for row in session.scalars(query.order_by(VersionRow.id.desc()))]


def models(session: Session) -> list[ModelInfo]:
    """List the models that have a live version, by task and name."""
    found: dict[tuple[str, str], list[Version]] = {}
    for version in listing(session, None, None):
        found.setdefault((version.task, version.name), []).append(version)
    return [_model_info(versions) for _, versions in sorted(found.items())]


def trunk_of(session: Session, draft: VersionDraft) -> TrunkInfo:
    """Return the draft's trunk. Raises `NotFound` where it was not added."""
    row = trunks.by_id(session, draft.trunk_id)
    if row is None:
        raise NotFound(f"no trunk {draft.trunk_id[:80]!r} in the registry: add the trunk before the version")
    return trunks.record(row)


def record(row: VersionRow) -> Version:
    """Say what the row says, as a frozen value."""
    branch = BranchSpec.model_validate(
        {"fork_layer": row.fork_layer, "branch_layers": row.branch_layers, "reads": row.reads}
    )
    return Version.model_validate(
        {
            "task": row.model.task,
            "name": row.model.name,
            "number": row.number,
            "trunk_id": row.trunk_id,
            "tuning": row.tuning,
            "branch": branch,
            "head_config": row.head_config,
            "settings": row.settings,
            "dataset_fingerprint": row.dataset_fingerprint,
            "seconds": row.seconds,
            "created_at": row.created_at,
            "aliases": tuple(alias.name for alias in row.aliases),
            "artifacts": {artifact.role: artifact.sha256 for artifact in row.artifacts},
        }
    )


def _model(session: Session, draft: VersionDraft) -> ModelRow:
    model = session.scalar(select(ModelRow).where(ModelRow.name == draft.name))
    if model is None:
        model = ModelRow(task=draft.task, name=draft.name, last_number=0, created_at=events.now())
        session.add(model)
    if model.task != draft.task:
        raise Conflict(
            f"{draft.task}/{draft.name} cannot be registered: {lookup.path(model)} has that name, "
            "and names are unique across tasks; choose another name"
        )
    return model


def _row(draft: VersionDraft, model: ModelRow) -> VersionRow:
    model.last_number += 1
    return VersionRow(
        model=model,
        number=model.last_number,
        state=LIVE,
        trunk_id=draft.trunk_id,
        tuning=draft.tuning,
        fork_layer=draft.branch.fork_layer,
        branch_layers=draft.branch.branch_layers,
        reads=draft.branch.reads,
        head_config=draft.head_config,
        settings=draft.settings,
        dataset_fingerprint=draft.dataset_fingerprint,
        seconds=draft.seconds,
        created_at=events.now(),
    )


def _model_info(versions: Sequence[Version]) -> ModelInfo:
    newest = versions[0]
    aliases = {alias: version.number for version in versions for alias in version.aliases}
    return ModelInfo(
        task=newest.task,
        name=newest.name,
        newest=newest.number,
        versions=tuple(version.number for version in versions),
        aliases=dict(sorted(aliases.items())),
    )
