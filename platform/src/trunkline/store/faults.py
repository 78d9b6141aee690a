"""The one place where failures of the database and of the disk become Trunkline's errors."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from trunkline.errors import Conflict, CorruptArtifact, EnvironmentFault, InvalidInput, TrunklineError

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

# By the beginning of SQLite's error name or PostgreSQL's SQLSTATE: what is wrong, what to do.
_REASONS = {
    "SQLITE_FULL": ("its disk is full", "free space on that disk and try again"),
    "SQLITE_IOERR": ("its disk failed or is full", "free space on that disk, or check it, and try again"),
    "SQLITE_BUSY": ("another process has held it for too long", "wait for that process, or end it, and try again"),
    "SQLITE_READONLY": ("it may not be written", "give this user the right to write to the file and its folder"),
    "SQLITE_CANTOPEN": ("the file cannot be opened", "check the path in TRUNKLINE_HOME or TRUNKLINE_DATABASE"),
    "SQLITE_NOTADB": (
        "the file is no SQLite database",
        "check the path in TRUNKLINE_HOME, or restore it from a backup",
    ),
    "SQLITE_CORRUPT": ("the file is damaged", "restore it from a backup"),
    "531": ("its disk is full", "free space on the database server and try again"),
    "53": ("the server has no room for another connection", "close other clients, or allow more connections"),
    "55P03": ("another process has held it for too long", "wait for that process, or end it, and try again"),
    "57P": ("the server is stopping or starting", "try again when it is up"),
    "28": ("the server refuses this user", "check user and password in TRUNKLINE_DATABASE"),
    "3D": ("the server has no such database", "create it, or correct TRUNKLINE_DATABASE"),
    "42501": ("this user may not do that there", "grant the right, or correct TRUNKLINE_DATABASE"),
    "08": ("it is out of reach", "start the server, or correct TRUNKLINE_DATABASE"),
    "": ("it is out of reach", "start the server, or correct TRUNKLINE_DATABASE"),
}
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


@contextmanager
def database_faults(place: str) -> Iterator[None]:
    """Translate what the database at `place` (a URL without its password) raises.

    Raises `EnvironmentFault` where the machine is at fault, `CorruptArtifact` for a damaged file,
    `InvalidInput` for a value that no column holds, `Conflict` where a constraint was hit.
    """
    try:
        yield
    except SQLAlchemyError as fault:
        raise _translated(fault, place) from fault
    except (OverflowError, UnicodeEncodeError) as fault:
        raise InvalidInput(f"the registry cannot store this value: {fault}") from fault


def _translated(fault: SQLAlchemyError, place: str) -> TrunklineError:
    said = _first_line(fault)
    if isinstance(fault, IntegrityError):
        return Conflict(f"the registry at {place} refused this: {said}; look at its present state and try again")
    if isinstance(fault, DataError):
        return InvalidInput(f"the registry cannot store this value: {said}")
    wrong, remedy = _reason(fault)
    kind = CorruptArtifact if isinstance(fault, DBAPIError) and _code(fault).startswith(_DAMAGED) else EnvironmentFault
    return kind(f"the registry at {place} cannot be used: {wrong} ({said}); {remedy}")


def _reason(fault: SQLAlchemyError) -> tuple[str, str]:
    if not isinstance(fault, DBAPIError):
        return "something unforeseen happened", "please report this"
    code = _code(fault)
    prefix = max((prefix for prefix in _REASONS if code.startswith(prefix)), key=len)
    if code and not prefix:
        return f"it reports {code}", "please report this"
    return _REASONS[prefix]


def _code(fault: DBAPIError) -> str:
    """SQLite's error name, or PostgreSQL's SQLSTATE, or nothing where no server answered."""
    return getattr(fault.orig, "sqlite_errorname", None) or getattr(fault.orig, "sqlstate", None) or ""


def _first_line(fault: SQLAlchemyError) -> str:
    """What the driver said, without the statement and its values."""
    said = str(fault.orig if isinstance(fault, DBAPIError) else fault)
    return said.strip().partition("\n")[0] or type(fault).__name__


OF_HOME = (
    "free space on that disk, or move TRUNKLINE_HOME elsewhere; the files of versions that trunkline models delete has "
    "deleted go by trunkline.registry().collect_garbage() in Python"
)
OF_OUTPUT = "free space on that disk and repeat the command, or name an output on another one"


@contextmanager
def disk_faults(folder: Path, when_full: str = OF_HOME) -> Iterator[None]:
    """Translate what writing under `folder` raises into `EnvironmentFault`; `when_full` says what helps a full disk."""
    try:
        yield
    except OSError as fault:
        if fault.errno in _DISK_FULL:
            raise EnvironmentFault(f"no space left for {folder} ({_free(folder)}); {when_full}") from fault
        said = fault.strerror or str(fault)
        raise EnvironmentFault(f"cannot write under {folder}: {said}; check the folder and its rights") from fault


def _free(folder: Path) -> str:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return f"{shutil.disk_usage(folder).free / 2**20:.1f} MiB free"
