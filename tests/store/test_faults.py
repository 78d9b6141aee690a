from __future__ import annotations

import errno
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import InvalidRequestError

from trunkline.errors import CorruptArtifact, EnvironmentFault, InvalidInput, TrunklineError
from trunkline.store.database import Database
from trunkline.store.faults import database_faults, disk_faults
from trunkline.store.schema import DatasetRow


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_says_what_to_free(tmp_path: Path, code: int) -> None:
    message = r"no space left .* MiB free.*; free space.*trunkline models delete.*collect_garbage\(\)"
    with pytest.raises(EnvironmentFault, match=message), disk_faults(tmp_path / "not" / "yet"):
        raise OSError(code, "full")


def test_another_fault_of_the_disk_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match=f"cannot write under {tmp_path}: denied"), disk_faults(tmp_path):
        raise OSError(errno.EACCES, "denied")


def test_a_value_that_no_column_holds_is_the_callers(url: str) -> None:
    database = Database(url)
    with database.write() as session:
        DatasetRow.__table__.create(session.connection())  # type: ignore[attr-defined]
    with pytest.raises(InvalidInput, match="cannot store this value"), database.write() as session:
        session.add(DatasetRow(fingerprint="a\ud800", created_at=datetime.now(UTC)))
    database.close()


def test_what_is_not_foreseen_is_still_ours() -> None:
    with pytest.raises(EnvironmentFault, match="unforeseen"), database_faults("sqlite:///x"):
        raise InvalidRequestError("what now")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    path.write_text("not a database at all" * 100)
    with pytest.raises(CorruptArtifact, match="no SQLite database"), Database(f"sqlite:///{path}").read() as session:
        session.connection()


def test_a_folder_in_the_databases_place(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="cannot be opened"), Database(f"sqlite:///{tmp_path}").read() as session:
        session.connection()


def test_a_damaged_database(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * 500,) for _ in range(100)])
    connection.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(CorruptArtifact, match="damaged"), Database(f"sqlite:///{path}").read() as session:
        session.connection().exec_driver_sql("SELECT * FROM t").all()


def test_our_own_errors_pass_unchanged() -> None:
    own = TrunklineError("as it is")
    with pytest.raises(TrunklineError) as caught, database_faults("x"), disk_faults(Path()):
        raise own
    assert caught.value is own
