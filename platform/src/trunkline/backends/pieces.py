"""Where compiled pieces are kept, and where new ones are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from trunkline.backends.calibration import Calibration
from trunkline.progress import Progress, Silent
from trunkline.records import Version


class Pieces(Protocol):
    """Pieces that were compiled before, by whose they are and of which kind ("openvino/int8"); thread-safe."""

    def trunk_piece(self, trunk_id: str, kind: str) -> Mapping[str, Path]:
        """Map the names of a trunk's piece to verified files; empty where none was kept. Raises `CorruptArtifact`."""
        ...

    def version_piece(self, version: Version, kind: str) -> Mapping[str, Path]:
        """Map the names of a version's piece to verified files; empty where none was kept. Raises `CorruptArtifact`."""
        ...


class NoPieces:
    """Nothing was kept."""

    def trunk_piece(self, trunk_id: str, kind: str) -> Mapping[str, Path]:
        return {}

    def version_piece(self, version: Version, kind: str) -> Mapping[str, Path]:
        return {}


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where one version is compiled: what is missing is made in `folder`, and quantized on `calibration`.

    What takes long tells `progress`.
    """

    folder: Path
    calibration: Calibration | None = None
    progress: Progress = field(default_factory=Silent)
