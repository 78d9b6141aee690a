"""Vectors as they are searched: what the folder's manifest names, loaded once and followed when it changes."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkline import CorruptArtifact
from trunkline_qa.knowledge.embedding import Floats
from trunkline_qa.knowledge.nearest import Graph, Mask, exact, graphs_are_possible
from trunkline_qa.knowledge.vector_files import Manifest, Numbers, VectorFolder, Vectors

log = logging.getLogger(__name__)
TRIES = 3  # at reading what another process tidies up meanwhile


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """The vectors of one manifest, row by row."""

    manifest: Manifest
    numbers: Numbers  # (n,) whose passages they are
    blocks: Sequence[NDArray[Any]]  # (n, dimension) in all
    graph: Graph | None

    def nearest(self, query: Floats, mask: Mask, limit: int) -> list[tuple[int, float]]:
        """Give (passage number, cosine) of the nearest among the rows that `mask` allows, nearest first."""
        walk = exact if self.graph is None else self.graph.nearest
        found = walk(self.blocks, query, mask, limit)
        best: dict[int, float] = {}
        for row, score in found:
            best.setdefault(int(self.numbers[row]), score)
        return list(best.items())


class VectorReader:
    """Gives the newest vectors of a folder; thread-safe."""

    def __init__(self, folder: VectorFolder, base: str) -> None:
        """`base` is the identity of the base: vectors of one that had its name before are not read."""
        self._folder = folder
        self._base = base
        self._lock = Lock()
        self._text: bytes | None = None
        self._loaded: Loaded | None = None
        self._segments: Mapping[str, tuple[Numbers, Vectors]] = {}

    def loaded(self) -> Loaded | None:
        """Give what is there now; None where no vector is. Raises `CorruptArtifact`."""
        with self._lock:
            for trial in range(TRIES):
                text = self._folder.text()
                if text == self._text:
                    break
                try:
                    self._loaded = None if text is None else self._load(self._folder.parsed(text))
                    self._text = text
                except CorruptArtifact:
                    if trial + 1 == TRIES or self._folder.text() == text:
                        raise
            return self._loaded

    def _load(self, manifest: Manifest) -> Loaded | None:
        if manifest.base != self._base or not manifest.segments:
            return None
        self._segments = {
            one.name: self._segments.get(one.name) or self._folder.load(one, manifest.precision)
            for one in manifest.segments
        }
        parts = [self._segments[one.name] for one in manifest.segments]
        if len({vectors.shape[1] for _, vectors in parts}) > 1:
            raise CorruptArtifact(f"the vectors in {self._folder.path} differ in size: rebuild them")
        numbers = np.concatenate([numbers for numbers, _ in parts])
        return Loaded(manifest, numbers, [vectors for _, vectors in parts], self._graph(manifest))

    def _graph(self, manifest: Manifest) -> Graph | None:
        """Open the graph, if there is one that can be used: without it every vector is compared, which is slower."""
        if manifest.index is None or not graphs_are_possible():
            return None
        try:
            return Graph(self._folder.index_path(manifest.index), manifest.index.rows)
        except CorruptArtifact as damage:
            log.error("every vector is compared: %s", damage)
            return None
