"""One file of states: written aside, durable before it has its name, hashed before it is read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from safetensors.numpy import load, save

from trunkline.archive.manifest import ShardEntry
from trunkline.archive.tables import Arrays, Tables
from trunkline.errors import CorruptArtifact
from trunkline.store.blobs import sync_folder
from trunkline.store.faults import OF_OUTPUT, disk_faults

STATES = "states"  # (tokens, width) as they are kept


def write_shard(folder: Path, name: str, arrays: Arrays) -> ShardEntry:
    """Write a shard and vouch for it. Raises `EnvironmentFault` where the disk is full."""
    data = save(arrays)
    place, aside = folder / name, folder / f"{name}.tmp"
    with disk_faults(folder, OF_OUTPUT):
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(place)
        sync_folder(folder)
    tables = Tables(arrays)
    digest = hashlib.sha256(data).hexdigest()
    windows, tokens = len(tables.lengths), int(tables.lengths.sum())
    return ShardEntry(name=name, rows=len(tables), windows=windows, tokens=tokens, bytes=len(data), sha256=digest)


def read_shard(folder: Path, entry: ShardEntry) -> Tables:
    """Read a shard. Raises `CorruptArtifact` where it is missing or its bytes are not those that were written."""
    path = folder / entry.name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CorruptArtifact(f"{path} cannot be read: {error.strerror}; build the states anew") from None
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise CorruptArtifact(f"{path} is damaged: its bytes do not hash to {entry.sha256}; build the states anew")
    return Tables(load(data))
