"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TABLES = (
    "artifact", "dataset", "event", "model", "training_run", "trunk", "model_version", "trunk_artifact",
    "alias", "evaluation_run", "version_artifact", "metric",
)  # fmt: skip


def upgrade() -> None:
    _trunks()
    _models()
    _versions()
    _evaluations()
    _history()


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


def _identity() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _digest(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), nullable=nullable)


def _number(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _figure(name: str, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Double(), nullable=nullable)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _moment(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _id(name: str = "id") -> sa.Column[int]:
    return sa.Column(name, _identity(), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _link(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, [*columns])


def _trunks() -> None:
    op.create_table(
        "artifact", _digest("sha256"), _number("size"), _moment("created_at"), _key("artifact", "sha256")
    )  # fmt: skip
    op.create_table(
        "trunk", _digest("id"), _text("name"), _text("family"), _number("n_layers"), _number("width"),
        _number("max_length"), _json("config"), _json("layer_hashes"), _digest("parent_id", nullable=True),
        _moment("created_at"), _key("trunk", "id"),
    )  # fmt: skip
    _index("trunk", "name")
    op.create_table(
        "trunk_artifact", _digest("trunk_id"), _text("filename"), _digest("sha256"),
        _key("trunk_artifact", "trunk_id", "filename"),
        _link("trunk_artifact", "trunk_id", "trunk.id"),
        _link("trunk_artifact", "sha256", "artifact.sha256"),
    )  # fmt: skip
    _index("trunk_artifact", "sha256")


def _models() -> None:
    op.create_table(
        "dataset", _text("fingerprint"), _text("name", nullable=True), _number("n", nullable=True),
        _moment("created_at"), _key("dataset", "fingerprint"),
    )  # fmt: skip
    op.create_table(
        "model", _id(), _text("task"), _text("name"), _number("last_number"), _moment("created_at"),
        _key("model", "id"), sa.UniqueConstraint("name", name="uq_model_name"),
    )  # fmt: skip


def _versions() -> None:
    op.create_table(
        "model_version", _id(), _id("model_id"), _number("number"), _text("state"), _digest("trunk_id"),
        _text("tuning"), _number("fork_layer"), _number("branch_layers"), _text("reads"), _json("head_config"),
        _json("settings"), _text("dataset_fingerprint", nullable=True), _figure("seconds", nullable=True),
        _moment("created_at"), _moment("deleted_at", nullable=True),
        _key("model_version", "id"),
        sa.UniqueConstraint("model_id", "number", name="uq_model_version_model_id_number"),
        _link("model_version", "model_id", "model.id"),
        _link("model_version", "trunk_id", "trunk.id"),
        _link("model_version", "dataset_fingerprint", "dataset.fingerprint"),
    )  # fmt: skip
    _index("model_version", "trunk_id")
    op.create_table(
        "version_artifact", _id("version_id"), _text("role"), _digest("sha256"),
        _key("version_artifact", "version_id", "role"),
        _link("version_artifact", "version_id", "model_version.id"),
        _link("version_artifact", "sha256", "artifact.sha256"),
    )  # fmt: skip
    _index("version_artifact", "sha256")
    op.create_table(
        "alias", _id("model_id"), _text("name"), _id("version_id"), _moment("moved_at"),
        _key("alias", "model_id", "name"),
        _link("alias", "model_id", "model.id"),
        _link("alias", "version_id", "model_version.id"),
    )  # fmt: skip
    _index("alias", "version_id")


def _evaluations() -> None:
    op.create_table(
        "evaluation_run", _id(), _id("version_id"), _text("backend"), _text("precision"), _text("dataset_name"),
        _text("dataset_fingerprint"), _text("split"), _number("n"), _figure("seconds"), _json("environment"),
        _json("report"), _moment("created_at"),
        _key("evaluation_run", "id"),
        _link("evaluation_run", "version_id", "model_version.id"),
        _link("evaluation_run", "dataset_fingerprint", "dataset.fingerprint"),
    )  # fmt: skip
    _index("evaluation_run", "version_id")
    _index("evaluation_run", "dataset_fingerprint")
    op.create_table(
        "metric", _id("evaluation_id"), _text("name"), _number("position"), _figure("value"),
        _figure("low", nullable=True), _figure("high", nullable=True),
        _key("metric", "evaluation_id", "name"),
        _link("metric", "evaluation_id", "evaluation_run.id"),
    )  # fmt: skip


def _history() -> None:
    op.create_table(
        "training_run", _id(), _text("task"), _text("name"), _text("state"), _json("settings"),
        _text("error", nullable=True), _number("version_number", nullable=True), _text("actor"),
        _moment("started_at"), _moment("finished_at", nullable=True), _key("training_run", "id"),
    )  # fmt: skip
    op.create_table(
        "event", _id(), _moment("at"), _text("actor"), _text("action"), _text("subject"), _json("details"),
        _key("event", "id"),
    )  # fmt: skip
    _index("event", "subject", "id")
