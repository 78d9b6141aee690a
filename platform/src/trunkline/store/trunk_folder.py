"""A trunk's files as a folder under the cache, ready to load: links to verified blobs, complete or absent."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from trunkline.errors import EnvironmentFault
from trunkline.store.blobs import BlobStore, sha256_of
from trunkline.store.faults import disk_faults

_ATTEMPTS = 16
_TAKEN = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}


def materialise(blobs: BlobStore, files: Mapping[str, str], folder: Path) -> Path:
    """Return `folder` holding exactly `files` (name to SHA-256), every byte verified now.

    What is there and right is reused. Raises `CorruptArtifact` for a damaged blob, `EnvironmentFault` for a
    full disk; nothing half-made is left.
    """
    with disk_faults(folder.parent):
        if holds(folder, files):
            return folder
        aside = folder.parent / f".{folder.name[:16]}.{secrets.token_hex(8)}"
        aside.mkdir(parents=True)
        try:
            for name, digest in files.items():
                _place(blobs, digest, aside / name)
            return _move(aside, folder, files)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def holds(folder: Path, files: Mapping[str, str]) -> bool:
    """Tell whether `folder` has these files with these hashes, and nothing else."""
    with suppress(OSError):
        if {path.name for path in folder.iterdir()} == set(files):
            return all(sha256_of(folder / name) == digest for name, digest in files.items())
    return False


def _place(blobs: BlobStore, digest: str, path: Path) -> None:
    """Link the verified blob to `path`, or copy it where the file system cannot link."""
    source = blobs.verified(digest)
    try:
        path.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, path)
        if sha256_of(path) != digest:
            raise EnvironmentFault(f"the copy in {path} differs from {source}: check that disk") from None


def _move(aside: Path, folder: Path, files: Mapping[str, str]) -> Path:
    """Rename into place; what another process put there is used if it is right, else moved away."""
    for _ in range(_ATTEMPTS):
        try:
            os.rename(aside, folder)  # noqa: PTH104 - Path.rename hides which of two processes won
        except OSError as fault:
            if fault.errno not in _TAKEN:
                raise
        else:
            return folder
        if holds(folder, files):
            return folder
        discarded = folder.parent / f".{folder.name[:16]}.{secrets.token_hex(8)}"
        with suppress(FileNotFoundError):
            os.rename(folder, discarded)  # noqa: PTH104
        _remove(discarded)
    raise EnvironmentFault(f"{folder} changes all the time: end the processes that write to it")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
