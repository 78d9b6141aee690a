"""What a folder of states says of itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from trunkline.archive.number_format import Name
from trunkline.errors import CorruptArtifact, InvalidInput, NotFound
from trunkline.records.record import Record

MANIFEST = "manifest.json"


class ShardEntry(Record):
    """One file of states."""

    name: str
    rows: int = Field(ge=0)
    windows: int = Field(ge=0)
    tokens: int = Field(ge=0)  # special ones included
    bytes: int = Field(ge=0)
    sha256: str


class Manifest(Record):
    """Whose states these are, of what, how they were computed, and the files that hold them."""

    format: Literal[1] = 1
    trunk_id: str
    trunk: str  # its name when they were computed
    layer: int = Field(ge=0)
    width: int = Field(gt=0)
    dtype: Name
    backend: str
    precision: str  # what the stem computed in
    input: str  # the file's name
    input_bytes: int
    input_sha256: str
    columns: dict[str, str]  # field -> column of the input
    shards: tuple[ShardEntry, ...] = ()

    @property
    def rows(self) -> int:
        return sum(shard.rows for shard in self.shards)

    @property
    def windows(self) -> int:
        return sum(shard.windows for shard in self.shards)

    @property
    def tokens(self) -> int:
        return sum(shard.tokens for shard in self.shards)

    @property
    def bytes(self) -> int:
        return sum(shard.bytes for shard in self.shards)


def partial(folder: Path) -> Path:
    """Name the folder in which states that are to become `folder` are gathered."""
    return folder.with_name(f"{folder.name}.partial")


def manifest_of(folder: Path) -> Manifest:
    """Read the manifest of finished states.

    Raises `NotFound` where there are none, `InvalidInput` where they are not finished, `CorruptArtifact` where the
    manifest cannot be read.
    """
    path = folder / MANIFEST
    if not path.is_file():
        if partial(folder).is_dir() or folder.name.endswith(".partial"):
            raise InvalidInput(f"the states in {str(folder)!r} are not finished: repeat the command that builds them")
        raise NotFound(f"there are no states in {str(folder)!r}: trunkline states build makes them")
    try:
        return Manifest.model_validate(json.loads(path.read_bytes()))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors())
    except (ValueError, RecursionError) as error:
        wrong = f"not JSON: {error}"
    raise CorruptArtifact(f"{path} cannot be read: {wrong}; build the states anew")
