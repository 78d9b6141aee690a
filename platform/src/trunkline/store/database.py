"""The registry's database: an engine set up for safety, and its two kinds of transaction.

A write holds the registry's one lock from its beginning (`BEGIN IMMEDIATE` on SQLite, an advisory lock on
PostgreSQL), so writes follow one another: what a write reads cannot change under it, and events are
committed in the order of their ids. A read sees one snapshot.
"""

from __future__ import annotations

import json
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.orm import Session

from trunkline.errors import InvalidInput, MissingExtra
from trunkline.store.faults import database_faults, disk_faults

WAIT_SECONDS = 60  # for another process's write, which takes milliseconds
_LOCK_KEY = 0x7472756E6B6C6E65  # "trunklne": the advisory lock of every registry in one PostgreSQL database
_JSON: Any = partial(json.dumps, allow_nan=False)


class Database:
    """Transactions over one database; safe to share between threads, and across a fork."""

    def __init__(self, url: str) -> None:
        parsed = _parse(url)
        self.place = _shown(parsed)
        self._engine = _engine(parsed)
        self._reader = self._engine
        if parsed.get_backend_name() == "postgresql":
            self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._writer = self._engine.execution_options(write=True)
        self.close = weakref.finalize(self, self._engine.dispose)  # also for who forgets to call it

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session on one snapshot. Raises as `database_faults` says."""
        with database_faults(self.place), Session(self._reader) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a session that holds the write lock; commits at the end, rolls back on any exception."""
        with database_faults(self.place), Session(self._writer) as session, session.begin():
            yield session

    @contextmanager
    def change_schema(self) -> Iterator[Connection]:
        """Open a connection that holds the write lock, in which a table may be rebuilt; commits at the end."""
        engine = self._engine.execution_options(write=True, foreign_keys=False)
        with database_faults(self.place), engine.begin() as connection:
            yield connection


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as fault:
        raise InvalidInput(f"TRUNKLINE_DATABASE is no database URL: write {_FORMS}") from fault
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    file_less = parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg") or file_less:
        raise InvalidInput(f"the registry cannot live in {_shown(parsed)!r}: write {_FORMS}")
    return parsed


def _shown(parsed: URL) -> str:
    """Write an address without its password; the query, which may hold one too, is left out."""
    return parsed.set(query={}).render_as_string(hide_password=True)


_FORMS = "sqlite:////path/to/registry.db or postgresql://user:password@host/database"


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    try:
        engine = create_engine(
            url, isolation_level="READ COMMITTED", pool_pre_ping=True, json_serializer=_JSON,
            connect_args={"connect_timeout": 10},
        )  # fmt: skip
    except ModuleNotFoundError as fault:
        raise MissingExtra.needed("a registry on PostgreSQL", "postgres") from fault
    event.listen(engine, "begin", _begin_postgresql)
    event.listen(engine, "connect", _remember_process)
    event.listen(engine, "checkout", _refuse_inherited)
    return engine


def _sqlite(url: URL) -> Engine:
    """No pool: a connection is cheap to open, and one must never be carried across a fork."""
    folder = Path(str(url.database)).parent
    with disk_faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, poolclass=NullPool, json_serializer=_JSON, connect_args={"timeout": WAIT_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver opens no transaction of its own; see _begin_sqlite
    connection.execute("PRAGMA journal_mode=DELETE")  # a WAL can be corrupted by SQLite before 3.51.3
    connection.execute("PRAGMA synchronous=EXTRA")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("foreign_keys", True):
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")  # has an effect outside a transaction only
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("write") else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("write"):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'")
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})


def _remember_process(connection: Any, record: Any) -> None:
    record.info["process"] = os.getpid()


def _refuse_inherited(connection: Any, record: Any, proxy: Any) -> None:
    """Two processes must not speak over one socket: after a fork, the child opens a connection of its own."""
    if record.info["process"] != os.getpid():
        record.dbapi_connection = proxy.dbapi_connection = None
        raise DisconnectionError("this connection belongs to the parent process")
