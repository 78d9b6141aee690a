"""The pieces that a version is compiled with: those that are kept, and those made now, which are to be kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from trunkline.backends.piece import PieceCache
from trunkline.backends.pieces import Pieces
from trunkline.errors import CorruptArtifact
from trunkline.records import Version

log = logging.getLogger(__name__)


class Mended:
    """What is kept; what is damaged counts as absent, so that it is made anew and stored in its place."""

    def __init__(self, kept: Pieces) -> None:
        self._kept = kept

    def trunk_piece(self, trunk_id: str, kind: str) -> Mapping[str, Path]:
        return _sound(lambda: self._kept.trunk_piece(trunk_id, kind))

    def version_piece(self, version: Version, kind: str) -> Mapping[str, Path]:
        return _sound(lambda: self._kept.version_piece(version, kind))


@dataclass(frozen=True, slots=True)
class Made:
    """The files of one branch and of its stem by their roles in the registry; empty where what is kept was good."""

    branch: Mapping[str, Path]
    stem: Mapping[str, Path]

    @classmethod
    def under(cls, folder: Path) -> Self:
        """Find what a backend has made in the folder that one version was compiled in."""
        branch: dict[str, Path] = {}
        stem: dict[str, Path] = {}
        for piece in PieceCache(folder).pieces():
            made_of = piece.manifest.made_of
            files = branch if "branch" in made_of else stem
            files |= {f"{made_of['kind']}/{name}": path for name, path in piece.files.items()}
        return cls(branch, stem)


def _sound(find: Callable[[], Mapping[str, Path]]) -> Mapping[str, Path]:
    try:
        return find()
    except CorruptArtifact as damage:
        log.warning("made anew: %s", damage)
        return {}
