from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from trunkline.errors import EnvironmentFault
from trunkline.store import migrate as module
from trunkline.store.database import Database
from trunkline.store.migrate import HEAD, configuration, migrate, revision
from trunkline.store.schema import Base


def tables(database: Database) -> set[str]:
    with database.read() as session:
        return set(inspect(session.connection()).get_table_names())


@pytest.fixture
def database(url: str) -> Database:
    return Database(url)


def test_an_empty_database_is_brought_to_the_head_once(database: Database) -> None:
    migrate(database)
    migrate(database)
    assert tables(database) == {*Base.metadata.tables, "alembic_version"}
    with database.read() as session:
        assert revision(session.connection()) == HEAD


def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    migrate(database)
    with database.read() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_migrations_form_one_line_that_ends_at_the_head(database: Database) -> None:
    with database.change_schema() as connection:
        script = ScriptDirectory.from_config(configuration(connection))
    assert script.get_heads() == [HEAD]
    assert script.get_bases() == ["0001"]


def test_each_migration_can_be_undone_and_done_again(database: Database) -> None:
    migrate(database)
    with database.change_schema() as connection:
        command.downgrade(configuration(connection), "base")
    assert tables(database) == {"alembic_version"}
    migrate(database)
    assert tables(database) == {*Base.metadata.tables, "alembic_version"}


def test_a_newer_schema_asks_for_an_upgrade(database: Database) -> None:
    migrate(database)
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(EnvironmentFault, match=r"schema 9999.*upgrade"):
        migrate(database)


def test_a_migration_that_fails_leaves_the_old_schema(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade = module._upgrade

    def half(connection: Connection, current: str | None, place: str) -> None:
        upgrade(connection, current, place)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_upgrade", half)
    with pytest.raises(KeyboardInterrupt):
        migrate(database)
    assert tables(database) == set()


def test_sixteen_processes_open_an_empty_database_at_once(url: str, blobs: Path, drive: Callable[..., str]) -> None:
    assert json.loads(drive("race_driver.py", "open", url, blobs)) == {"failures": []}
    assert tables(Database(url)) == {*Base.metadata.tables, "alembic_version"}
