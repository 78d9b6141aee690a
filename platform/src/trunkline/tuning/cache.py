"""Hidden states at the layers that a run reads, computed once and kept on disk, memory-mapped.

A layer's file holds one row a token, without padding but for a last row of zeros, in the precision that trains.
It is complete or absent: written aside, renamed, and only then vouched for by a manifest with its hash.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import torch

from trunkline.progress import Progress
from trunkline.store.blobs import sha256_of
from trunkline.trunk.batch import TokenBatch
from trunkline.tuning import batches
from trunkline.tuning.durable import publish, room_for, write_whole
from trunkline.tuning.engines import Climb, StateEngine
from trunkline.tuning.layout import Layout
from trunkline.tuning.states import Cached, dtype_of

RESERVE = 2**30
"""Bytes that a cache leaves free on its disk."""
BLOCK = 2**20


@dataclass(frozen=True, slots=True)
class StateCache:
    """The cached states of one trunk in one precision, as one engine computes them, under `folder`."""

    folder: Path
    trunk_id: str
    precision: str  # "bf16" or "fp32"
    width: int
    engine: str  # the name of what computes them, "torch bf16": states of another are none of these

    def bytes_needed(self, layouts: Sequence[Layout], layers: Sequence[int]) -> int:
        """Bytes on disk of these layers' states."""
        return sum((layout.tokens + 1) * self.width * self._item for layout in layouts) * len(layers)

    def fits(self, layouts: Sequence[Layout], layers: Sequence[int], limit: int) -> bool:
        """Whether these states stay under `limit` bytes and leave the disk some room."""
        missing = [(layout, layer) for layout in layouts for layer in layers if not self._vouched(layout, layer)]
        wanted = sum(self.bytes_needed([layout], [layer]) for layout, layer in missing)
        self.folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.folder).free
        return self.bytes_needed(layouts, layers) <= limit and (not missing or wanted + RESERVE <= free)

    def make_room(self, layouts: Sequence[Layout], layers: Sequence[int], limit: int) -> None:
        """Remove the states of other layers where all together would be more than `limit` bytes."""
        wanted = {self._path(layout, layer) for layout in layouts for layer in layers}
        others = [path for path in self.folder.glob("*.states") if path not in wanted]
        if sum(path.stat().st_size for path in others) + self.bytes_needed(layouts, layers) > limit:
            for path in others:
                path.with_suffix(".json").unlink(missing_ok=True)
                path.unlink()

    def ensure(self, engine: StateEngine, layouts: Sequence[Layout], layers: Sequence[int], progress: Progress) -> None:
        """Compute what is missing of these layers, in one pass of the stem for each layout.

        Raises `EnvironmentFault` where the disk is full, and what the engine raises; nothing is left half-written.
        """
        wanted = [(layout, self._missing(layout, layers)) for layout in layouts]
        if any(missing for _, missing in wanted):
            with engine.running() as climb:
                for layout, missing in wanted:
                    self._compute(climb, layout, missing, progress)

    def _missing(self, layout: Layout, layers: Sequence[int]) -> list[int]:
        return sorted(layer for layer in set(layers) if not self.complete(layout, layer))

    def _compute(self, climb: Climb, layout: Layout, missing: Sequence[int], progress: Progress) -> None:
        if not missing:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = {layer: self._path(layout, layer).with_suffix(".partial") for layer in missing}
        try:
            with room_for(self.folder):
                tables = {layer: self._blank(path, layout) for layer, path in aside.items()}
                _fill(climb, layout, tables, progress)
                del tables
                for layer, path in aside.items():
                    self._vouch(layout, layer, path)
        finally:
            for path in aside.values():
                path.unlink(missing_ok=True)

    def open(self, layout: Layout, layers: Sequence[int]) -> Cached:
        """Map these layers' states, which must be complete."""
        return Cached([self._mapped(self._path(layout, layer), layout, writable=False) for layer in layers])

    def complete(self, layout: Layout, layer: int) -> bool:
        """Whether the layer's states are there and hash to what their manifest says."""
        path = self._path(layout, layer)
        manifest = self._manifest(layout, layer)
        return manifest is not None and sha256_of(path) == manifest.get("sha256")

    @property
    def _item(self) -> int:
        return dtype_of(self.precision).itemsize

    def _path(self, layout: Layout, layer: int) -> Path:
        of = f"{self.trunk_id[:16]}-{layout.fingerprint[:16]}-{self.precision}-by-{self.engine.replace(' ', '-')}"
        return self.folder / f"{of}-layer{layer}.states"

    def _manifest(self, layout: Layout, layer: int) -> Mapping[str, str] | None:
        try:
            manifest = json.loads(self._path(layout, layer).with_suffix(".json").read_text())
        except (FileNotFoundError, ValueError):
            return None
        made_of = self._made_of(layout, layer).items()
        return manifest if isinstance(manifest, dict) and made_of <= manifest.items() else None

    def _made_of(self, layout: Layout, layer: int) -> dict[str, str | int]:
        return {"trunk": self.trunk_id, "data": layout.fingerprint, "engine": self.engine, "layer": layer}

    def _vouched(self, layout: Layout, layer: int) -> bool:
        return self._manifest(layout, layer) is not None

    def _blank(self, path: Path, layout: Layout) -> torch.Tensor:
        """Make a file of zeros; its room is taken now, since a full disk under a memory map kills the process."""
        size = self.bytes_needed([layout], [0])
        with path.open("wb") as file:
            take_room(file, size)
        return self._mapped(path, layout, writable=True)

    def _mapped(self, path: Path, layout: Layout, writable: bool) -> torch.Tensor:
        rows = layout.tokens + 1
        table = torch.from_file(str(path), shared=writable, size=rows * self.width, dtype=dtype_of(self.precision))
        return table.view(rows, self.width)

    def _vouch(self, layout: Layout, layer: int, aside: Path) -> None:
        path = self._path(layout, layer)
        publish(aside, path)
        manifest = {**self._made_of(layout, layer), "sha256": sha256_of(path)}
        write_whole(path.with_suffix(".json"), lambda note: note.write_text(json.dumps(manifest)))


def take_room(file: BinaryIO, size: int) -> None:
    """Give an empty file `size` bytes of zeros, its room on the disk taken. Raises `OSError` where there is none."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
        return
    for start in range(0, size, BLOCK):  # macOS and Windows: a file merely made longer has no room of its own
        file.write(bytes(min(BLOCK, size - start)))


def _fill(climb: Climb, layout: Layout, tables: Mapping[int, torch.Tensor], progress: Progress) -> None:
    with progress.track("hidden states", len(layout)) as done:
        for part in batches.in_order(layout.lengths):
            index = layout.index(part.windows, part.width)
            tokens = TokenBatch(layout.ids[index], layout.type_ids[index], index != layout.tokens)
            places, mask = torch.from_numpy(index[tokens.mask]), torch.from_numpy(tokens.mask)
            for table, hidden in zip(tables.values(), climb(tokens, list(tables)), strict=True):
                table[places] = hidden[mask].to(table.dtype)
            done(len(part.windows))
