"""Measurements of versions, and the data sets they were made on."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from trunkline.names import Reference
from trunkline.records import Evaluation, EvaluationDraft, Metric
from trunkline.store import events, lookup
from trunkline.store.schema import DatasetRow, EvaluationRow, MetricRow, VersionRow


def insert(session: Session, version: VersionRow, draft: EvaluationDraft) -> Evaluation:
    """Add a checked measurement of `version`."""
    add_dataset(session, draft.dataset_fingerprint, draft.dataset_name, draft.n)
    row = EvaluationRow(
        version=version,
        created_at=events.now(),
        metrics=_metrics(draft),
        **draft.model_dump(exclude={"metrics"}),
    )
    session.add(row)
    session.flush()
    evaluation = record(row)
    events.record(session, "evaluation.recorded", evaluation.model, evaluation=row.id, split=draft.split)
    return evaluation


def add_dataset(session: Session, fingerprint: str, name: str | None = None, n: int | None = None) -> None:
    """Note the data set, and its name and number of rows once they are known."""
    row = session.get(DatasetRow, fingerprint)
    if row is None:
        row = DatasetRow(fingerprint=fingerprint, created_at=events.now())
        session.add(row)
    row.name = row.name or name
    row.n = row.n or n
    session.flush()


def listing(
    session: Session, reference: Reference, split: str | None = None, limit: int | None = None
) -> list[Evaluation]:
    """List the version's measurements, newest first."""
    version = lookup.version_row(session, reference)
    query = select(EvaluationRow).where(EvaluationRow.version_id == version.id).options(*_LOADED)
    if split is not None:
        query = query.where(EvaluationRow.split == split)
    return [record(row) for row in session.scalars(query.order_by(EvaluationRow.id.desc()).limit(limit))]


_LOADED = (
    joinedload(EvaluationRow.version).joinedload(VersionRow.model),
    selectinload(EvaluationRow.metrics),
)


def record(row: EvaluationRow) -> Evaluation:
    """Say what the row says, as a frozen value."""
    version = row.version
    return Evaluation(
        id=row.id,
        model=f"{lookup.path(version.model)}@{version.number}",
        created_at=row.created_at,
        backend=row.backend,
        precision=row.precision,
        dataset_name=row.dataset_name,
        dataset_fingerprint=row.dataset_fingerprint,
        split=row.split,
        n=row.n,
        seconds=row.seconds,
        environment=row.environment,
        report=row.report,
        metrics={metric.name: Metric(value=metric.value, low=metric.low, high=metric.high) for metric in row.metrics},
    )


def _metrics(draft: EvaluationDraft) -> list[MetricRow]:
    """Keep the metrics in the task's order: the primary one stands first."""
    return [
        MetricRow(name=name, position=position, value=metric.value, low=metric.low, high=metric.high)
        for position, (name, metric) in enumerate(draft.metrics.items())
    ]
