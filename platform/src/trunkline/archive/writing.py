"""A folder of states that grows shard by shard, survives a kill, and has its name only when it is whole."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Self

from trunkline.archive.manifest import MANIFEST, Manifest, ShardEntry, partial
from trunkline.archive.shard import write_shard
from trunkline.archive.tables import Arrays
from trunkline.errors import Conflict, CorruptArtifact
from trunkline.prediction.journal import Journal, noted
from trunkline.store.blobs import sync_folder
from trunkline.store.faults import disk_faults


class Writing:
    """The shards written so far, in `<folder>.partial`; a journal beside them says which are whole."""

    def __init__(self, folder: Path, about: Manifest) -> None:
        """Start, or go on where an equal run was killed.

        Raises `Conflict` where what is there is another run's, `CorruptArtifact` where a shard of it is gone.
        """
        self._folder, self._aside, self._about = folder, partial(folder), about
        with disk_faults(folder.parent):
            self._aside.mkdir(exist_ok=True)
        index = self._aside / "shards.jsonl"
        whose = about.model_dump(mode="json")
        if noted(index) not in (None, whose):
            raise Conflict(
                f"{str(self._aside)!r} holds unfinished states of another input, trunk, layer, number format or "
                "backend: repeat the command that began them, or remove that folder"
            )
        self._journal = Journal(index, whose)
        part = index.with_name(f"{index.name}.part")
        self.shards = [ShardEntry.model_validate_json(line) for line in part.read_text().splitlines()]
        try:
            self._check()
        except CorruptArtifact:
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
        entry = write_shard(self._aside, f"{len(self.shards):06}.safetensors", arrays)
        self._journal.append([entry.model_dump_json()])
        self.shards.append(entry)

    def finish(self) -> Manifest:
        """Write the manifest, and give the folder its name."""
        whole = self._about.model_copy(update={"shards": tuple(self.shards)})
        with disk_faults(self._folder.parent):
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

    def _check(self) -> None:
        for path, size in ((self._aside / shard.name, shard.bytes) for shard in self.shards):
            if not path.is_file() or path.stat().st_size != size:
                raise CorruptArtifact(f"{path} is missing or cut off: remove {str(self._aside)!r} and begin anew")
