"""The registry's tables. A change here needs a migration beside it (`migrations/versions/`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from trunkline.store.columns import Identity, UTCDateTime

LIVE = "live"
DELETED = "deleted"

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Constraints are named by rule, so that a migration can name them too."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {
        str: Text(),
        int: BigInteger(),
        float: Double(),
        datetime: UTCDateTime(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
    }


class TrunkRow(Base):
    """A trunk; `id` is the hash that names it."""

    __tablename__ = "trunk"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    family: Mapped[str]
    n_layers: Mapped[int]
    width: Mapped[int]
    max_length: Mapped[int]
    config: Mapped[dict[str, Any]]
    layer_hashes: Mapped[list[str]]
    parent_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    files: Mapped[list[TrunkArtifactRow]] = relationship()


class ArtifactRow(Base):
    """A blob that was stored and fsynced before this row was written."""

    __tablename__ = "artifact"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    created_at: Mapped[datetime]


class TrunkArtifactRow(Base):
    """One file of a trunk; a name with slashes is the role of what was compiled of it ("openvino/int8/graph.xml")."""

    __tablename__ = "trunk_artifact"

    trunk_id: Mapped[str] = mapped_column(ForeignKey("trunk.id"), primary_key=True)
    filename: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("artifact.sha256"), index=True)


class ModelRow(Base):
    """A model's name, unique across tasks; `last_number` only grows, so no number is used twice."""

    __tablename__ = "model"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    task: Mapped[str]
    name: Mapped[str] = mapped_column(unique=True)
    last_number: Mapped[int]
    created_at: Mapped[datetime]


class VersionRow(Base):
    """A version; once deleted, the row stays as a tombstone without artifacts."""

    __tablename__ = "model_version"
    __table_args__ = (UniqueConstraint("model_id", "number"),)

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"))
    number: Mapped[int]
    state: Mapped[str]
    trunk_id: Mapped[str] = mapped_column(ForeignKey("trunk.id"), index=True)
    tuning: Mapped[str]
    fork_layer: Mapped[int]
    branch_layers: Mapped[int]
    reads: Mapped[str]
    head_config: Mapped[dict[str, Any]]
    settings: Mapped[dict[str, Any]]
    dataset_fingerprint: Mapped[str | None] = mapped_column(ForeignKey("dataset.fingerprint"))
    seconds: Mapped[float | None]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    model: Mapped[ModelRow] = relationship()
    artifacts: Mapped[list[VersionArtifactRow]] = relationship(cascade="all, delete-orphan")
    aliases: Mapped[list[AliasRow]] = relationship(back_populates="version", order_by="AliasRow.name")


class VersionArtifactRow(Base):
    """What a blob is to a version: its `role`."""

    __tablename__ = "version_artifact"

    version_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("artifact.sha256"), index=True)


class AliasRow(Base):
    """A name for one version of a model, which may be moved to another."""

    __tablename__ = "alias"

    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"), index=True)
    moved_at: Mapped[datetime]
    version: Mapped[VersionRow] = relationship(back_populates="aliases")


class DatasetRow(Base):
    """A set of examples, known by the hash of its canonical rows; name and size once it was measured on."""

    __tablename__ = "dataset"

    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    n: Mapped[int | None]
    created_at: Mapped[datetime]


class TrainingRunRow(Base):
    """One attempt at tuning, whether or not it came to a version."""

    __tablename__ = "training_run"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    task: Mapped[str]
    name: Mapped[str]
    state: Mapped[str]
    settings: Mapped[dict[str, Any]]
    error: Mapped[str | None]
    version_number: Mapped[int | None]
    actor: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class EvaluationRow(Base):
    """One measurement of a version."""

    __tablename__ = "evaluation_run"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"), index=True)
    backend: Mapped[str]
    precision: Mapped[str]
    dataset_name: Mapped[str]
    dataset_fingerprint: Mapped[str] = mapped_column(ForeignKey("dataset.fingerprint"), index=True)
    split: Mapped[str]
    n: Mapped[int]
    seconds: Mapped[float]
    environment: Mapped[dict[str, Any]]
    report: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    version: Mapped[VersionRow] = relationship()
    metrics: Mapped[list[MetricRow]] = relationship(order_by="MetricRow.position")


class MetricRow(Base):
    """One figure of a measurement, with its interval."""

    __tablename__ = "metric"

    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation_run.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    value: Mapped[float]
    low: Mapped[float | None]
    high: Mapped[float | None]


class EventRow(Base):
    """Who did what when; rows are only ever added, their ids in the order of their commits."""

    __tablename__ = "event"
    __table_args__ = (Index(None, "subject", "id"),)

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    details: Mapped[dict[str, Any]]
