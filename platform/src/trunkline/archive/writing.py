"""A folder of states that grows shard by shard, survives a kill, and has its name only when it is whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from trunkline.archive.manifest import MANIFEST, Manifest, ShardEntry, partial
from trunkline.archive.shard import write_shard
from trunkline.archive.tables import Arrays
from trunkline.errors import Conflict, CorruptArtifact
from trunkline.prediction.journal import Journal
from trunkline.store.blobs import sync_folder
from trunkline.store.faults import OF_OUTPUT, disk_faults


class Writing:
    """The shards written so far, in `<folder>.partial`; a journal beside them says which are whole."""

    def __init__(self, folder: Path, about: Manifest) -> None:
        """Start, or go on where an equal run was killed.

        Raises `Conflict` where what is there is another run's or another process is at it, `CorruptArtifact` where its
        shards are not those that the journal tells of.
        """
        self._folder, self._aside, self._about = folder, partial(folder), about
        with disk_faults(folder.parent, OF_OUTPUT):
            self._aside.mkdir(exist_ok=True)
        index = self._aside / "shards.jsonl"
        remedy = f"repeat the command that began it, or remove {str(self._aside)!r}"
        self._journal = Journal(index, about.model_dump(mode="json"), remedy=remedy)
        try:
            if folder.exists():  # another process has finished since the caller looked
                raise Conflict(f"{str(folder)!r} exists: remove it, or name another folder")
            self.shards = self._written(index.with_name(f"{index.name}.part"))
        except BaseException:
            self._journal.close()
            raise

    @property
    def rows(self) -> int:
        """Rows whose states are durable."""
        return sum(shard.rows for shard in self.shards)

    @property
    def bytes(self) -> int:
        return sum(shard.bytes for shard in self.shards)

    def add(self, arrays: Arrays) -> None:
        """Write the next shard and make it durable. Raises `EnvironmentFault` where the disk is full."""
        entry = write_shard(self._aside, _name(len(self.shards)), arrays)
        self._journal.append([entry.model_dump_json()])
        self.shards.append(entry)

    def finish(self) -> Manifest:
        """Write the manifest, and give the folder its name."""
        whole = self._about.model_copy(update={"shards": tuple(self.shards)})
        with disk_faults(self._folder.parent, OF_OUTPUT):
            aside = self._aside / f"{MANIFEST}.tmp"
            with aside.open("w", encoding="utf-8") as file:
                json.dump(whole.model_dump(mode="json"), file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self._aside / MANIFEST)
            sync_folder(self._aside)
            self._aside.rename(self._folder)
            sync_folder(self._folder.parent)
            self._journal.close()
            for left in self._folder.glob("shards.jsonl*"):
                left.unlink()
        return whole

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._journal.close()

    def check_rows(self, cut: Iterable[int]) -> None:
        """Raise `CorruptArtifact` where the shards do not hold as many rows as a run `cut` for each of them."""
        expected = list(cut)
        if (found := [shard.rows for shard in self.shards]) != expected:
            raise self._damaged(f"its shards hold {sum(found)} rows, otherwise than a run cuts them")

    def _written(self, part: Path) -> list[ShardEntry]:
        """Read what shards there are, each under the name that its turn gives it, and whole."""
        shards = []
        for number, line in enumerate(part.read_bytes().splitlines()):
            try:
                shard = ShardEntry.model_validate_json(line)
            except ValidationError:
                raise self._damaged(f"line {number + 1} of {part.name} tells of no shard") from None
            if shard.name != _name(number):
                raise self._damaged(f"{part.name} names {shard.name} where {_name(number)} is expected")
            path = self._aside / shard.name
            if not path.is_file() or path.stat().st_size != shard.bytes:
                raise self._damaged(f"{shard.name} is missing or cut off")
            shards.append(shard)
        return shards

    def _damaged(self, what: str) -> CorruptArtifact:
        return CorruptArtifact(f"{str(self._aside)!r} cannot be gone on with: {what}; remove it and begin anew")


def _name(number: int) -> str:
    return f"{number:06}.safetensors"
