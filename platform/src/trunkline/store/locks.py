"""Files that one process holds at a time; the hold ends with the process, however that ends."""

from __future__ import annotations

import errno
import fcntl
from typing import IO, Any

_UNKNOWN = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


def lock(file: IO[Any]) -> bool:
    """Lock `file` until it is closed or the process ends; tells whether nobody else holds it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_if_possible(file: IO[Any]) -> bool:
    """Lock `file` as `lock` does, but take it unheld where its file system knows no locks.

    Some network file systems know none: there nobody can tell a living writer from a dead one, and to refuse would
    forbid such a folder altogether. Two writers on it at once are then the user's to avoid.
    """
    try:
        return lock(file)
    except OSError as fault:
        if fault.errno in _UNKNOWN:
            return True
        raise
