"""Where versions and trunks come from: the registry, or one candidate that is not registered yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from trunkline.backends.pieces import NoPieces, Pieces
from trunkline.errors import NotFound
from trunkline.records import TrunkInfo, Version
from trunkline.store.registry import Registry

BRANCH = "branch"  # the artifact's role: a version's own weights
FILES = "files/"  # how the roles begin of what a version keeps beside them, for its task


def registered_files(registry: Registry, version: Version) -> dict[str, Path]:
    """Map the names of what a version keeps beside its weights to verified files. Raises `CorruptArtifact`."""
    roles = [role for role in version.artifacts if role.startswith(FILES)]
    return {role.removeprefix(FILES): registry.artifact(version, role) for role in roles}


class Catalog(Pieces, Protocol):
    """What the engine may ask of the place where versions are kept; thread-safe, may be slow."""

    def revision(self) -> int:
        """Give a number that grows when a version, an alias or a trunk changes; cheap."""
        ...

    def versions(self) -> Sequence[Version]:
        """Give every version with its aliases."""
        ...

    def trunks(self) -> Sequence[TrunkInfo]: ...

    def trunk_folder(self, trunk_id: str) -> Path:
        """Give a folder of verified files, ready to load."""
        ...

    def weights(self, version: Version) -> Path:
        """Give the verified safetensors file of a version's branch."""
        ...

    def files(self, version: Version) -> Mapping[str, Path]:
        """Map the names of what a version keeps beside its weights to verified files."""
        ...

    def measured(self, version: Version) -> Collection[tuple[str, str]]:
        """Give the (backend, precision) pairs that a version was evaluated on."""
        ...


class RegistryCatalog:
    """What is registered."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def revision(self) -> int:
        return self._registry.revision()

    def versions(self) -> Sequence[Version]:
        return self._registry.versions()

    def trunks(self) -> Sequence[TrunkInfo]:
        return self._registry.trunks()

    def trunk_folder(self, trunk_id: str) -> Path:
        return self._registry.trunk_folder(trunk_id)

    def weights(self, version: Version) -> Path:
        return self._registry.artifact(version, BRANCH)

    def files(self, version: Version) -> Mapping[str, Path]:
        return registered_files(self._registry, version)

    def trunk_piece(self, trunk_id: str, kind: str) -> Mapping[str, Path]:
        return self._registry.trunk_piece(trunk_id, kind)

    def version_piece(self, version: Version, kind: str) -> Mapping[str, Path]:
        return self._registry.version_piece(version, kind)

    def measured(self, version: Version) -> Collection[tuple[str, str]]:
        return {(one.backend, one.precision) for one in self._registry.evaluations(version.reference)}


class CandidateCatalog(NoPieces):
    """One version on disk, so that it can be measured by the engine before it is registered."""

    def __init__(
        self, version: Version, trunk: TrunkInfo, folder: Path, weights: Path, files: Mapping[str, Path] | None = None
    ) -> None:
        self._files = files or {}
        self._version = version
        self._trunk = trunk
        self._folder = folder
        self._weights = weights

    def revision(self) -> int:
        return 0

    def versions(self) -> Sequence[Version]:
        return [self._version]

    def trunks(self) -> Sequence[TrunkInfo]:
        return [self._trunk]

    def trunk_folder(self, trunk_id: str) -> Path:
        if trunk_id != self._trunk.id:
            raise NotFound.named("trunk", trunk_id, [self._trunk.id])
        return self._folder

    def weights(self, version: Version) -> Path:
        return self._weights

    def files(self, version: Version) -> Mapping[str, Path]:
        return self._files

    def measured(self, version: Version) -> Collection[tuple[str, str]]:
        return ()
