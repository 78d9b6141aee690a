"""Publishing (blobs first, rows second, acknowledged last) and the removal of blobs that no row names.

A removal holds the registry's write lock, and a publish looks once more for its blobs under that lock before
it writes rows. So whichever comes first, a committed row names blobs that are there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from trunkline.errors import Conflict, TrunklineError
from trunkline.store import events
from trunkline.store.blobs import Blob, BlobStore
from trunkline.store.database import Database
from trunkline.store.schema import ArtifactRow, TrunkArtifactRow, VersionArtifactRow

T = TypeVar("T")
_ATTEMPTS = 16


def publish(
    database: Database,
    blobs: BlobStore,
    sources: Mapping[str, Path | bytes],
    insert: Callable[[Session, Mapping[str, str]], T],
) -> T:
    """Store `sources`, then run `insert(session, {role: SHA-256})` in one transaction, and return its answer.

    Where anything fails, or the user interrupts, no row is written and the blobs that nobody names go again.
    """
    stored: dict[str, Blob] = {}
    try:
        for _ in range(_ATTEMPTS):
            for role, source in sources.items():
                stored[role] = blobs.put(source)
            with database.write() as session:
                if all(blobs.has(blob.digest) for blob in stored.values()):
                    _add_artifacts(session, stored.values())
                    return insert(session, {role: blob.digest for role, blob in stored.items()})
        raise Conflict("garbage was collected again and again while this was published: try again")
    except BaseException:
        if stored:
            with suppress(TrunklineError):
                _discard(database, blobs, {blob.digest for blob in stored.values()})
        raise


def collect_garbage(database: Database, blobs: BlobStore) -> int:
    """Remove every blob that neither a version nor a trunk names; returns the bytes freed."""
    with database.write() as session:
        removed = session.execute(delete(ArtifactRow).where(~_named()).returning(ArtifactRow.sha256)).all()
        if removed:
            events.record(session, "garbage.collected", "blobs", artifacts=len(removed))
    blobs.remove_abandoned()
    return _discard(database, blobs, blobs.digests())


def _named() -> ColumnElement[bool]:
    versions = exists().where(VersionArtifactRow.sha256 == ArtifactRow.sha256)
    trunks = exists().where(TrunkArtifactRow.sha256 == ArtifactRow.sha256)
    return versions | trunks


def _add_artifacts(session: Session, stored: Iterable[Blob]) -> None:
    for blob in {blob.digest: blob for blob in stored}.values():
        if session.get(ArtifactRow, blob.digest) is None:
            session.add(ArtifactRow(sha256=blob.digest, size=blob.size, created_at=events.now()))
    session.flush()


def _discard(database: Database, blobs: BlobStore, digests: Iterable[str]) -> int:
    """Remove those of `digests` that have no artifact row, under the write lock; returns the bytes freed."""
    with database.write() as session:
        kept = set(session.scalars(select(ArtifactRow.sha256)))
        return sum(blobs.remove(digest) for digest in digests if digest not in kept)
