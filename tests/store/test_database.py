from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from trunkline.errors import EnvironmentFault, InvalidInput, MissingExtra
from trunkline.store import database as module
from trunkline.store.database import Database


@pytest.fixture
def database(url: str) -> Database:
    made = Database(url)
    with made.write() as session:
        session.execute(text("CREATE TABLE counter (n INTEGER)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))
    return made


def count(database: Database) -> int:
    with database.read() as session:
        return int(session.execute(text("SELECT n FROM counter")).scalar_one())


def test_sqlite_is_set_up_for_safety(sqlite_url: str) -> None:
    with Database(sqlite_url).read() as session:
        pragmas = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "delete", "synchronous": 3, "foreign_keys": 1, "busy_timeout": 60_000}


def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(EnvironmentFault), database.write() as session:
        session.execute(text("UPDATE counter SET n = 7, missing = 1"))
    with pytest.raises(EnvironmentFault), database.write() as session:  # noqa: PT012 - the second statement fails
        session.execute(text("UPDATE counter SET n = 7"))
        session.execute(text("UPDATE missing SET n = 7"))
    assert count(database) == 0


def test_writes_of_many_threads_follow_one_another(database: Database) -> None:
    def add() -> None:
        for _ in range(5):
            with database.write() as session:
                seen = session.execute(text("SELECT n FROM counter")).scalar_one()
                session.execute(text("UPDATE counter SET n = :n"), {"n": seen + 1})

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(database) == 40


def test_a_read_sees_one_snapshot(postgres_url: str) -> None:
    database = Database(postgres_url)
    with database.write() as session:
        session.execute(text("CREATE TABLE counter (n INTEGER)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))
    with database.read() as reader:
        before = reader.execute(text("SELECT n FROM counter")).scalar_one()
        with database.write() as session:
            session.execute(text("UPDATE counter SET n = 1"))
        assert reader.execute(text("SELECT n FROM counter")).scalar_one() == before
    assert count(database) == 1


def test_a_lock_that_is_held_too_long_is_told_in_our_words(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 1)
    one, other = Database(url), Database(url)
    with one.write() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(EnvironmentFault, match="held it for too long") as caught, other.write() as second:
            second.execute(text("SELECT 1"))
    assert "database is locked" not in str(caught.value).replace("(database is locked)", "")
    one.close()
    other.close()


FORKING = """
import os, sys
from sqlalchemy import text
from trunkline.store.database import Database

database = Database(sys.argv[1])
with database.read() as session:  # the parent's pool holds a connection now
    session.execute(text("SELECT n FROM counter"))
child = os.fork()
if not child:
    try:
        with database.write() as session:
            session.execute(text("UPDATE counter SET n = n + 1"))
    finally:
        os._exit(0)
os.waitpid(child, 0)
with database.read() as session:
    print(session.execute(text("SELECT n FROM counter")).scalar_one())
"""


def test_a_fork_opens_connections_of_its_own(database: Database, url: str) -> None:
    """Otherwise parent and child would speak over one socket, and read each other's answers."""
    done = subprocess.run([sys.executable, "-c", FORKING, url], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


@pytest.mark.parametrize("url", ["nonsense", "mysql://root@localhost/x", "sqlite://", "sqlite:///:memory:"])
def test_urls_that_cannot_hold_a_registry(url: str) -> None:
    with pytest.raises(InvalidInput, match="postgresql://"):
        Database(url)


def test_a_server_out_of_reach_is_named_without_its_password(postgres: object) -> None:
    database = Database("postgresql://someone:secret@127.0.0.1:9/none")
    with pytest.raises(EnvironmentFault, match=r"out of reach.*start the server") as caught, database.read() as session:
        session.execute(text("SELECT 1"))
    assert "secret" not in str(caught.value)


def test_a_database_that_the_server_has_not(postgres: object, postgres_url: str) -> None:
    url = postgres_url.replace(":5432/", ":5432/trunkline_no_such_database")
    with pytest.raises(EnvironmentFault, match="trunkline_no_such_database"), Database(url).read() as session:
        session.execute(text("SELECT 1"))


def test_without_psycopg_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match="postgres"):
        Database("postgresql://127.0.0.1/x")


def test_a_folder_that_may_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match="cannot write under"):
        Database(f"sqlite:///{tmp_path}/file/registry.db")
