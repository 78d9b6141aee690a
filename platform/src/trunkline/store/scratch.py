"""A folder for work that is registered in the end or lost: it goes again, also that of a process that was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Literal, get_args

from trunkline.store.faults import disk_faults

Purpose = Literal["compile", "import"]
"""What the folders are for; their names begin with it."""


@contextmanager
def scratch(cache: Path, purpose: Purpose) -> Iterator[Path]:
    """Give a folder under `cache` that goes again, whatever happens: a process that is killed leaves it to the next."""
    with ExitStack() as stack:
        with disk_faults(cache):
            cache.mkdir(parents=True, exist_ok=True)
            with _locked(cache, wait=True):  # a folder that is made is locked before anybody looks at it
                _remove_abandoned(cache)
                folder = Path(mkdtemp(prefix=f"{purpose}-", dir=cache))
                stack.enter_context(_locked(folder))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        yield folder


def _remove_abandoned(cache: Path) -> None:
    """Remove the folders whose process is gone: its lock went with it."""
    for purpose in get_args(Purpose):
        for folder in cache.glob(f"{purpose}-*"):
            with suppress(OSError), _locked(folder):
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path, wait: bool = False) -> Iterator[None]:
    """Hold a folder while the process lives. Raises `OSError` where another holds it, unless it is to `wait`."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)
