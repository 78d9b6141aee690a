"""Converted graphs on disk: complete and verified, or made anew."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from trunkline.store.blobs import sha256_of
from trunkline.store.faults import disk_faults

MANIFEST = "manifest.json"


class GraphCache:
    """Folders of graphs by what they were made of, under `folder`, which may be lost."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, about: Mapping[str, Any], write: Callable[[Path], None]) -> Path:
        """Give the folder of the graphs that `about` says, written now where none is there or a file is damaged.

        `write` is given an empty folder. Raises what it raises, and `EnvironmentFault` where the disk is full.
        """
        facts = json.dumps(about, sort_keys=True)
        folder = self._folder / hashlib.sha256(facts.encode()).hexdigest()[:32]
        if not _verified(folder):
            shutil.rmtree(folder, ignore_errors=True)
            with disk_faults(self._folder):
                self._make(folder, write)
        return folder

    def _make(self, folder: Path, write: Callable[[Path], None]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            write(aside)
            hashes = {path.name: sha256_of(path) for path in sorted(aside.iterdir())}
            (aside / MANIFEST).write_text(json.dumps(hashes))
            with suppress(OSError):  # another process was first
                os.rename(aside, folder)  # noqa: PTH104 - said as what it is: one system call
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _verified(folder: Path) -> bool:
    with suppress(OSError, ValueError, AttributeError):
        hashes = json.loads((folder / MANIFEST).read_text())
        return bool(hashes) and all(sha256_of(folder / name) == digest for name, digest in hashes.items())
    return False
