"""The pieces that a version is compiled with: those that are kept, and those made now, which are to be kept."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Self

from trunkline.backends.piece import PieceCache
from trunkline.backends.pieces import Pieces
from trunkline.errors import CorruptArtifact
from trunkline.records import Version
from trunkline.store.faults import disk_faults

log = logging.getLogger(__name__)
PREFIX = "compile-"  # of the folders that versions are compiled in


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


@contextmanager
def scratch(cache: Path) -> Iterator[Path]:
    """Give a folder under `cache` that goes again, whatever happens: a process that is killed leaves it to the next."""
    with ExitStack() as stack:
        with disk_faults(cache):
            cache.mkdir(parents=True, exist_ok=True)
            with _locked(cache, wait=True):  # a folder that is made is locked before anybody looks at it
                _remove_abandoned(cache)
                folder = Path(mkdtemp(prefix=PREFIX, dir=cache))
                stack.enter_context(_locked(folder))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        yield folder


def _remove_abandoned(cache: Path) -> None:
    """Remove the folders whose process is gone: its lock went with it."""
    for folder in cache.glob(f"{PREFIX}*"):
        with suppress(OSError), _locked(folder):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path, wait: bool = False) -> Iterator[None]:
    """Hold a folder while the process lives. Raises `OSError` where another holds it, unless it is to `wait`."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def _sound(find: Callable[[], Mapping[str, Path]]) -> Mapping[str, Path]:
    try:
        return find()
    except CorruptArtifact as damage:
        log.warning("made anew: %s", damage)
        return {}
