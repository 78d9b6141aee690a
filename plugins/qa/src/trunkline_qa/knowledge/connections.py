"""Connections to one SQLite file, set up for safety, and its two kinds of transaction.

A base is deleted by moving its folder away under an exclusive lock, so who holds any lock and still finds the file
at its path may go on. SQLite writes its journal beside that path: nobody may write to a file that has moved.

Nobody but SQLite may open the file: closing a second handle in the same process would drop SQLite's locks.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from trunkline import CorruptArtifact, EnvironmentFault, InvalidInput, NotFound, TrunklineError

WAIT_SECONDS = 60.0  # for another's transaction, which takes milliseconds
MOST_IDLE = 8  # connections kept open
PAGE_CACHE_KIB = 16 * 1024  # of each connection at most, but for a batch that is being written

_REMEDY = "restore it from a backup, or delete the knowledge base and add its documents again"
_REASONS = {
    "SQLITE_FULL": "its disk is full; free space on that disk and try again",
    "SQLITE_IOERR": "its disk failed or is full; free space on that disk, or check it, and try again",
    "SQLITE_BUSY": "another process has held it for too long; wait for that process, or end it, and try again",
    "SQLITE_READONLY": "it may not be written; give this user the right to write to the file and its folder",
    "SQLITE_CANTOPEN": "it cannot be opened; check the rights of the file and its folder",
}
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


class Connections:
    """Transactions over one file; safe to share between threads, and after a fork."""

    def __init__(self, path: Path, identity: str | None) -> None:
        """`identity` is what the base in the file calls itself; None: whatever is there. Raises `NotFound`."""
        self.path = path
        self.identity = identity
        self._file = _found(path)
        self._idle: list[sqlite3.Connection] = []
        self._inherited: list[sqlite3.Connection] = []  # kept, so that nothing closes them
        self._lock = threading.Lock()
        self._process = os.getpid()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Open a snapshot. Raises `NotFound` once the file has gone, and as `faults` says."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Hold the write lock; durable at the end, undone on any exception. Readers go on until the end."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def alone(self) -> Iterator[sqlite3.Connection]:
        """Keep every other reader and writer out, in this process and in others."""
        with self._transaction("BEGIN EXCLUSIVE") as connection:
            yield connection

    def is_there(self) -> bool:
        """Tell whether the path still names the file that was opened."""
        with suppress(NotFound):
            return _found(self.path) == self._file
        return False

    def close(self) -> None:
        """Close what is idle; what is in use is closed when it comes back."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with faults(self.path):
            connection = self._begun(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                _give_up(connection)
                raise
            self._give_back(connection)

    def _begun(self, begin: str) -> sqlite3.Connection:
        """Give a connection that holds a lock on the very base that was opened; a later one called so is another."""
        connection = None
        try:
            self._check_there()
            connection = self._taken() or connected(self.path, "rw")
            connection.execute(begin)
            if self.identity is not None:  # reading takes the lock of a mere BEGIN
                found = connection.execute("SELECT identity FROM base").fetchone()
                self._check_there(found == (self.identity,))
            return connection
        except BaseException as fault:
            if connection is not None:
                _give_up(connection)
            if isinstance(fault, sqlite3.Error):
                self._check_there()  # a file that has moved fails in many ways
            raise

    def _check_there(self, is_the_same: bool = True) -> None:
        if not (is_the_same and self.is_there()):
            self.close()
            raise NotFound(f"the knowledge base {self.path.parent.name!r} was deleted")

    def _taken(self) -> sqlite3.Connection | None:
        with self._lock:
            if self._process != os.getpid():  # the parent's connections are not for this process, nor for it to close
                self._inherited, self._idle, self._process = self._idle, [], os.getpid()
            return self._idle.pop() if self._idle else None

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if len(self._idle) < MOST_IDLE and self._process == os.getpid():
                self._idle.append(connection)
                return
        connection.close()


def _found(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as fault:
        raise NotFound(f"no knowledge base {path.parent.name!r}: there is no {path.name}") from fault
    return status.st_dev, status.st_ino


def _give_up(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):
        connection.rollback()
    connection.close()


@contextmanager
def kept_still(path: Path) -> Iterator[None]:
    """Keep everybody off the file in `path`, which may be moved meanwhile; a damaged one nobody can use anyway."""
    connections = Connections(path, None)
    try:
        with ExitStack() as held:
            with suppress(CorruptArtifact):
                held.enter_context(connections.alone())
            yield
    finally:
        connections.close()


def connected(path: Path, mode: str) -> sqlite3.Connection:
    """Open a connection; `mode` is "rw", or "rwc" which makes the file."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        timeout=WAIT_SECONDS,
        uri=True,
        isolation_level=None,  # the driver opens no transaction of its own
        check_same_thread=False,  # one thread at a time has it
    )
    try:
        connection.execute("PRAGMA journal_mode=DELETE")  # a WAL can be corrupted by SQLite before 3.51.3
        connection.execute("PRAGMA synchronous=EXTRA")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA cache_size=-{PAGE_CACHE_KIB}")
        connection.execute("PRAGMA cache_spill=OFF")  # a spill would shut readers out before the commit
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def faults(path: Path) -> Iterator[None]:
    """Translate what SQLite raises: `CorruptArtifact` for a damaged file, else `EnvironmentFault`.

    Raises `InvalidInput` for a value that no column holds: half a surrogate pair, a number of more than 64 bits.
    """
    try:
        yield
    except sqlite3.Error as fault:
        raise _translated(fault, path) from fault
    except UnicodeDecodeError as fault:  # SQLite's own message about a damaged schema
        raise damaged(path, "its schema is damaged") from fault
    except (OverflowError, UnicodeEncodeError) as fault:
        raise InvalidInput(f"a knowledge base cannot hold this value: {fault}") from fault


@contextmanager
def as_written(path: Path) -> Iterator[None]:
    """Raise `CorruptArtifact` where a value read from the file is none that was ever written."""
    try:
        yield
    except ValueError as fault:
        raise damaged(path, f"a value in it is damaged ({type(fault).__name__})") from fault


def damaged(path: Path, what: str) -> CorruptArtifact:
    """Make the error for a file that is no sound base."""
    return CorruptArtifact(f"the knowledge base in {path} cannot be used: {what}; {_REMEDY}")


def _translated(fault: sqlite3.Error, path: Path) -> TrunklineError:
    code = getattr(fault, "sqlite_errorname", "") or ""
    if "Could not decode to UTF-8" in str(fault):  # the driver would tell the text itself
        return damaged(path, "a text in it is not UTF-8")
    if code.startswith(_DAMAGED):
        return damaged(path, f"the file is damaged ({fault})")
    reason = next((reason for start, reason in _REASONS.items() if code.startswith(start)), None)
    return EnvironmentFault(f"the knowledge base in {path} cannot be used: {reason or f'it reports {fault}'}")
