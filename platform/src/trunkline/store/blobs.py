"""Blobs on disk, each named by the SHA-256 of its bytes: `blobs/sha256/ab/cdef...`, read-only once there."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

from trunkline.errors import CorruptArtifact, InvalidInput
from trunkline.store.checks import check_digest
from trunkline.store.faults import disk_faults

CHUNK_BYTES = 2**20
ABANDONED_SECONDS = 3600.0  # a file on its way in that nobody has written to for so long has lost its writer
REMEDY = "restore it from a backup, or register what it belongs to once more"


@dataclass(frozen=True, slots=True)
class Blob:
    """Stored bytes: SHA-256 and size in bytes."""

    digest: str
    size: int


class BlobStore:
    """Content-addressed files under `root`; any number of threads and processes may use it at once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def prepare(self) -> None:
        """Make the folders, durably."""
        with disk_faults(self.root):
            make_folder(self.root / "sha256")

    def path(self, digest: str) -> Path:
        """Say where the blob is, or would be. Raises `InvalidInput` unless `digest` is one."""
        check_digest(digest)
        return self.root / "sha256" / digest[:2] / digest[2:]

    def put(self, source: Path | bytes) -> Blob:
        """Store `source` durably and return its name: written aside, fsynced, renamed, folder fsynced.

        What is there already is verified, and replaced if it is damaged. Raises `InvalidInput` where the
        source cannot be read, `EnvironmentFault` where the disk is full; no partial file is left then.
        """
        with _opened(source) as reader, disk_faults(self.root):
            incoming = self.root / "incoming" / secrets.token_hex(16)
            make_folder(incoming.parent)
            try:
                return self._take_in(reader, incoming)
            finally:
                incoming.unlink(missing_ok=True)

    def _take_in(self, reader: IO[bytes], incoming: Path) -> Blob:
        with open(incoming, "xb", opener=_read_only) as file:
            blob = _copy(reader, file)
            final = self.path(blob.digest)
            if not _is_sound(final, blob.digest):
                file.flush()
                os.fsync(file.fileno())
                make_folder(final.parent)
                os.replace(incoming, final)  # noqa: PTH105 - beside os.fsync
        sync_folder(final.parent)  # also for a blob found there: its writer may not have come so far yet
        sync_folder(final.parent.parent)
        return blob

    def has(self, digest: str) -> bool:
        """Tell whether the blob is there; says nothing about its bytes."""
        return self.path(digest).is_file()

    def verified(self, digest: str, remedy: str = REMEDY) -> Path:
        """Return the blob's path after hashing it.

        Raises `CorruptArtifact`, which tells the `remedy`, if it is missing or differs.
        """
        path = self.path(digest)
        with _damage(path, digest, remedy), path.open("rb") as file:
            _check(hashlib.file_digest(file, "sha256").hexdigest(), digest, path, remedy)
        return path

    def read(self, digest: str) -> bytes:
        """Return the blob's verified bytes. Raises `CorruptArtifact` if it is missing or differs."""
        path = self.path(digest)
        with _damage(path, digest):
            data = path.read_bytes()
        _check(hashlib.sha256(data).hexdigest(), digest, path)
        return data

    def digests(self) -> Iterator[str]:
        """Name every blob there is."""
        for path in (self.root / "sha256").glob("??/*"):
            with suppress(InvalidInput):
                yield check_digest(path.parent.name + path.name)

    def remove(self, digest: str) -> int:
        """Remove the blob if it is there; returns the bytes freed."""
        path = self.path(digest)
        with disk_faults(self.root):
            size = path.stat().st_size if path.is_file() else 0
            path.unlink(missing_ok=True)
        return size

    def remove_abandoned(self) -> None:
        """Remove what writers that were killed have left half-written."""
        oldest = time.time() - ABANDONED_SECONDS
        with disk_faults(self.root):
            for path in (self.root / "incoming").glob("*"):
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime < oldest:
                        path.unlink()


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make `folder` and its parents, durably."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sha256_of(path: Path) -> str | None:
    """Hash a file; None where there is none to read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


@contextmanager
def _damage(path: Path, digest: str, remedy: str = REMEDY) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as fault:
        raise CorruptArtifact(f"blob {digest} is missing: there is no {path}; {remedy}") from fault
    except OSError as fault:
        raise CorruptArtifact(f"blob {digest} cannot be read from {path}: {fault.strerror}; {remedy}") from fault


def _check(found: str, digest: str, path: Path, remedy: str = REMEDY) -> None:
    if found != digest:
        raise CorruptArtifact(f"blob {digest} is damaged: the bytes in {path} hash to {found}; {remedy}")


def _is_sound(path: Path, digest: str) -> bool:
    return sha256_of(path) == digest


def _opened(source: Path | bytes) -> IO[bytes]:
    if isinstance(source, bytes):
        return BytesIO(source)
    try:
        return source.open("rb")
    except OSError as fault:
        raise InvalidInput(f"cannot read the artifact {source}: {fault.strerror}") from fault


def _read_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o444)


def _copy(reader: IO[bytes], writer: IO[bytes]) -> Blob:
    """Copy and hash in one pass, so that what is hashed is what was written."""
    hashed, size = hashlib.sha256(), 0
    while chunk := reader.read(CHUNK_BYTES):
        writer.write(chunk)
        hashed.update(chunk)
        size += len(chunk)
    return Blob(hashed.hexdigest(), size)
