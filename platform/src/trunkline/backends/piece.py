"""A compiled piece on disk: the files of a stem or a branch as a backend reads them, and what they were made of."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from trunkline.backends.calibration import Calibration
from trunkline.records import Version
from trunkline.records.record import Record
from trunkline.store.blobs import sha256_of
from trunkline.store.faults import disk_faults

log = logging.getLogger(__name__)
MANIFEST = "manifest.json"


class Manifest(Record):
    """What is known of a piece."""

    made_of: dict[str, Any]  # all that it follows from: weights, kind, the library's version
    calibration: dict[str, Any] | None = None  # the texts that it was quantized on: number, seed, fingerprint
    hashes: dict[str, str]  # SHA-256 of its other files


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece whose files were verified, wherever they lie."""

    files: Mapping[str, Path]  # by name, the manifest among them
    manifest: Manifest

    @classmethod
    def of(cls, files: Mapping[str, Path]) -> Self:
        """Read the manifest among `files`. Raises `OSError` or `ValueError` where it cannot be read."""
        return cls(files, Manifest.model_validate_json(files[MANIFEST].read_bytes()))

    @property
    def digest(self) -> str:
        """Name what it computes: SHA-256 over the hashes of its files."""
        return _hashed(self.manifest.hashes)

    def differing(self, made_of: Mapping[str, Any]) -> list[str]:
        """Name the facts in which it differs from what would be made of `made_of`."""
        before, now = self.manifest.made_of, json.loads(_plain(made_of))
        return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def branch_facts(version: Version, weights: Path) -> dict[str, Any]:
    """Give what a version's branch follows from, whoever runs it."""
    return {
        "trunk": version.trunk_id,
        "branch": version.branch.model_dump(mode="json"),
        "weights": sha256_of(weights),
        "task": version.task,
        "head": version.head_config,
    }


def fitting(owner: str, kept: Mapping[str, Path], made_of: Mapping[str, Any]) -> Piece | None:
    """Give what was kept of `owner`, if it is what would be made of `made_of` today; logs where it is not."""
    if not kept:
        return None
    piece = Piece.of(kept)
    differing = piece.differing(made_of)
    if not differing:
        return piece
    told = ", ".join(f"{name} {piece.manifest.made_of.get(name)!r:.80}" for name in differing)
    log.warning("%s: its graph in the registry is of another make (%s) and is not taken", owner, told)
    return None


class PieceCache:
    """Pieces by what they were made of, under `folder`, which may be lost: each complete and verified, or made anew."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(
        self, made_of: Mapping[str, Any], make: Callable[[Path], None], calibration: Calibration | None = None
    ) -> Piece:
        """Give the piece that follows from `made_of`; where none is there, or a damaged one, `make` writes it.

        Raises what `make` raises, and `EnvironmentFault` where the disk is full.
        """
        folder = self._folder / _hashed(made_of)[:32]
        if (found := _verified(folder)) is not None:
            return found
        shutil.rmtree(folder, ignore_errors=True)
        with disk_faults(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._make(folder, made_of, make, calibration)
            return Piece.of(_files(folder))

    def pieces(self) -> Iterator[Piece]:
        """Give every piece that is there and sound."""
        for folder in sorted(self._folder.glob("*")):
            if (found := _verified(folder)) is not None:
                yield found

    def _make(
        self,
        folder: Path,
        made_of: Mapping[str, Any],
        make: Callable[[Path], None],
        calibration: Calibration | None,
    ) -> None:
        aside = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            make(aside)
            hashes = {path.name: sha256_of(path) for path in aside.iterdir()}
            texts = None if calibration is None else calibration.facts()
            manifest = Manifest.model_validate({"made_of": made_of, "calibration": texts, "hashes": hashes})
            (aside / MANIFEST).write_text(manifest.model_dump_json(indent=1))
            with suppress(OSError):  # another process was first
                os.rename(aside, folder)  # noqa: PTH104 - said as what it is: one system call
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _files(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in folder.iterdir()}


def _verified(folder: Path) -> Piece | None:
    with suppress(OSError, ValueError, KeyError):
        piece = Piece.of(_files(folder))
        hashes = {name: sha256_of(path) for name, path in piece.files.items() if name != MANIFEST}
        return piece if hashes == piece.manifest.hashes else None
    return None


def _plain(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, sort_keys=True)


def _hashed(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(_plain(facts).encode()).hexdigest()
