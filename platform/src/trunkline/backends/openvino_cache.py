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

from trunkline.backends.openvino_core import ov
from trunkline.store.blobs import sha256_of
from trunkline.store.faults import disk_faults

GRAPH, WEIGHTS, MANIFEST = "graph.xml", "graph.bin", "manifest.json"


class GraphCache:
    """Graphs by what they were made of, under `folder`, which may be lost."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, about: Mapping[str, Any], convert: Callable[[], ov.Model]) -> Path:
        """Give the file of the graph that `about` says, converted now where none is there or it is damaged.

        Raises what `convert` raises, and `EnvironmentFault` where the disk is full.
        """
        facts = json.dumps({**about, "openvino": ov.__version__}, sort_keys=True)
        folder = self._folder / hashlib.sha256(facts.encode()).hexdigest()[:32]
        if not _verified(folder):
            shutil.rmtree(folder, ignore_errors=True)
            with disk_faults(self._folder):
                self._make(folder, convert)
        return folder / GRAPH

    def _make(self, folder: Path, convert: Callable[[], ov.Model]) -> None:
        graph = convert()
        self._folder.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            ov.save_model(graph, aside / GRAPH, compress_to_fp16=False)
            hashes = {name: sha256_of(aside / name) for name in (GRAPH, WEIGHTS)}
            (aside / MANIFEST).write_text(json.dumps(hashes))
            with suppress(OSError):  # another process was first
                os.rename(aside, folder)  # noqa: PTH104 - said as what it is: one system call
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _verified(folder: Path) -> bool:
    with suppress(OSError, ValueError, AttributeError):
        hashes = json.loads((folder / MANIFEST).read_text())
        return all(sha256_of(folder / name) == hashes.get(name) for name in (GRAPH, WEIGHTS))
    return False
