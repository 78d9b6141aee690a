"""Trunks: added once, named by their hash, never changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from trunkline.errors import InvalidInput, NotFound
from trunkline.records import TrunkInfo
from trunkline.store import checks, events
from trunkline.store.schema import TrunkArtifactRow, TrunkRow

PREFIX_CHARACTERS = 6  # of an id, at least, where it stands for the whole
_PREFIX = re.compile(rf"[0-9a-f]{{{PREFIX_CHARACTERS},64}}")


def sources(folder: Path) -> dict[str, Path]:
    """Name the files of a trunk's folder. Raises `InvalidInput` for a file that cannot be part of one."""
    if not folder.is_dir():
        raise InvalidInput(f"there is no folder {folder}: give the folder of an imported trunk")
    files = {checks.check_filename(path.name): path for path in sorted(folder.iterdir())}
    if not files:
        raise InvalidInput(f"the folder {folder} is empty: give the folder of an imported trunk")
    return files


def insert(session: Session, info: TrunkInfo, digests: Mapping[str, str]) -> TrunkInfo:
    """Add the trunk with its files (name to SHA-256); one that is there already stays as it is."""
    found = by_id(session, info.id)
    if found is not None:
        return record(found)
    row = TrunkRow(
        created_at=events.now(),
        layer_hashes=list(info.layer_hashes),
        files=[TrunkArtifactRow(filename=name, sha256=digest) for name, digest in digests.items()],
        **info.model_dump(exclude={"layer_hashes"}),
    )
    session.add(row)
    events.record(session, "trunk.added", info.id, name=info.name)
    return info


def find(session: Session, wanted: str) -> TrunkInfo:
    """Find by id, by name (the newest of that name), or by the beginning of an id. Raises `NotFound`."""
    row = by_id(session, wanted) or _named(session, wanted) or _beginning(session, wanted)
    if row is None:
        known = session.scalars(select(TrunkRow.name)).all()
        raise NotFound.named("trunk", wanted, known)
    return record(row)


def by_id(session: Session, trunk_id: str) -> TrunkRow | None:
    return session.scalar(select(TrunkRow).where(TrunkRow.id == trunk_id).options(selectinload(TrunkRow.files)))


def files(session: Session, trunk_id: str) -> dict[str, str]:
    """Map the names of the trunk's own files to SHA-256; what was compiled of it is left out. Raises `NotFound`."""
    row = by_id(session, find(session, trunk_id).id)
    assert row is not None
    return {file.filename: file.sha256 for file in row.files if "/" not in file.filename}


def listing(session: Session) -> list[TrunkInfo]:
    """List trunks, newest first."""
    query = select(TrunkRow).order_by(TrunkRow.created_at.desc(), TrunkRow.id)
    return [record(row) for row in session.scalars(query)]


def record(row: TrunkRow) -> TrunkInfo:
    """Say what the row says, as a frozen value."""
    return TrunkInfo(
        id=row.id,
        name=row.name,
        family=row.family,
        n_layers=row.n_layers,
        width=row.width,
        max_length=row.max_length,
        config=row.config,
        layer_hashes=tuple(row.layer_hashes),
        parent_id=row.parent_id,
    )


def _named(session: Session, name: str) -> TrunkRow | None:
    query = select(TrunkRow).where(TrunkRow.name == name)
    return session.scalar(query.order_by(TrunkRow.created_at.desc()).limit(1))


def _beginning(session: Session, prefix: str) -> TrunkRow | None:
    if not _PREFIX.fullmatch(prefix):
        return None
    found = session.scalars(select(TrunkRow).where(TrunkRow.id.startswith(prefix)).limit(2)).all()
    if len(found) > 1:
        raise InvalidInput(f"{prefix!r} begins the id of several trunks: write more of it")
    return found[0] if found else None
