"""Bring a database to the schema of this code, however many processes open it at once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from trunkline.errors import EnvironmentFault
from trunkline.store.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0001"  # the newest revision under migrations/versions; stated here so that opening needs no Alembic

_ALEMBIC = threading.Lock()  # its migration context is global to the process


def migrate(database: Database) -> None:
    """Upgrade to `HEAD` in one transaction under the write lock; does nothing where that is done already.

    Raises `EnvironmentFault` where a newer Trunkline has written the database.
    """
    with database.read() as session:
        if revision(session.connection()) == HEAD:
            return
    with database.change_schema() as connection:
        current = revision(connection)  # again: another process may have been first
        if current != HEAD:
            _upgrade(connection, current, database.place)


def revision(connection: Connection) -> str | None:
    """Read the schema's revision; None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def configuration(connection: Connection) -> Config:
    """Configure Alembic for the migrations of this package, run on `connection`."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(connection: Connection, current: str | None, place: str) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = configuration(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise EnvironmentFault(
            f"the registry at {place} has schema {current}, and this Trunkline knows none after {HEAD}: "
            "upgrade with pip install --upgrade trunkline"
        )
    with _ALEMBIC:
        command.upgrade(config, "head")
