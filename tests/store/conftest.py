"""What the registry's tests share: each runs on SQLite and on PostgreSQL, in a place of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests import `store_samples` beside this file

from store_samples import trunk_files, trunk_info

from trunkline.store.database import Database
from trunkline.store.registry import Registry
from trunkline.store.schema import Base

SERVER = os.environ.get("TRUNKLINE_TEST_POSTGRES", "postgresql+psycopg://root@127.0.0.1:5432/")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[str], None]]:
    """A function that runs SQL on the PostgreSQL server; skips where there is no server."""
    psycopg = pytest.importorskip("psycopg", reason="no psycopg: install the extra 'postgres'")
    try:
        connection = psycopg.connect(SERVER.replace("+psycopg", ""), autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as fault:
        pytest.skip(f"no PostgreSQL at {SERVER} (set TRUNKLINE_TEST_POSTGRES): {fault}")
    connection.add_notice_handler(lambda notice: None)
    yield connection.execute
    connection.close()


@contextmanager
def schema_of_its_own(postgres: Callable[[str], None]) -> Iterator[str]:
    schema = f"trunkline_{uuid4().hex}"
    postgres(f"CREATE SCHEMA {schema}")
    yield f"{SERVER}?options={quote(f'-csearch_path={schema}')}"
    postgres(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def postgres_url(postgres: Callable[[str], None]) -> Iterator[str]:
    with schema_of_its_own(postgres) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A schema with the registry's tables; migrating takes longer than most tests."""
    with schema_of_its_own(postgres) as url:
        Registry(url, tmp_path_factory.mktemp("template") / "blobs").close()
        yield url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the registry's tables."""
    path = tmp_path_factory.mktemp("template") / "registry.db"
    Registry(f"sqlite:///{path}", path.parent / "blobs").close()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/home/registry.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty database, without tables."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture(params=["sqlite", "postgresql"])
def registry_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the registry's tables, all empty."""
    if request.param == "sqlite":
        path = tmp_path / "home" / "registry.db"
        path.parent.mkdir()
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
        return f"sqlite:///{path}"
    url = str(request.getfixturevalue("migrated_postgres"))
    database = Database(url)
    with database.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
    database.close()
    return url


@pytest.fixture
def blobs(tmp_path: Path) -> Path:
    return tmp_path / "home" / "blobs"


@pytest.fixture
def empty_registry(registry_url: str, blobs: Path) -> Iterator[Registry]:
    with Registry(registry_url, blobs) as registry:
        yield registry


@pytest.fixture
def registry(empty_registry: Registry, tmp_path: Path) -> Registry:
    """A registry with one trunk."""
    empty_registry.add_trunk(trunk_info(), trunk_files(tmp_path / "trunk"))
    return empty_registry


@pytest.fixture
def drive() -> Callable[..., str]:
    """Run a driver beside this file in a process of its own, which may fork; returns what it prints."""

    def run(script: str, *arguments: object) -> str:
        command = [sys.executable, "-W", "error", str(Path(__file__).parent / script), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
