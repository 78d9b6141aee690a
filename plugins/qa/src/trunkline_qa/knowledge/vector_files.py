"""Vectors of passages on disk: segments that never change, and a manifest that names them.

All of it can be made again from the base's documents. Files are written aside, flushed and renamed, the manifest
last, so that whoever reads finds the old state or the new one; a file that is damaged is known by its hash.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trunkline import Conflict, CorruptArtifact, NotFound
from trunkline_qa.knowledge.embedding import VectorModel
from trunkline_qa.knowledge.preferences import Precision

Numbers = NDArray[np.int64]
Vectors = NDArray[Any]  # (n, dimension) of the manifest's precision
CURRENT, NEXT = "manifest.json", "next.json"
"""The manifest that is searched, and that of a rebuild until it is whole."""
REBUILD = "rebuild its vectors"
_COPIED = 65_536  # rows that a merge holds in memory

Name = Field(pattern=r"^[0-9a-f]{32}$")


class Segment(BaseModel):
    """The vectors of some passages: two files, of numbers and of vectors, row by row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Name
    rows: int = Field(ge=1)
    numbers_sha256: str
    vectors_sha256: str


class IndexFile(BaseModel):
    """A graph of the first rows, for bases too large to compare a question with every passage."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Name
    rows: int = Field(ge=1)
    sha256: str


class Manifest(BaseModel):
    """What vectors there are, and what made them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    base: str  # the identity of the base: another may come to have its name
    made_by: VectorModel
    precision: Precision
    segments: tuple[Segment, ...] = ()
    index: IndexFile | None = None

    @property
    def rows(self) -> int:
        return sum(segment.rows for segment in self.segments)


class Busy(Conflict):
    """Somebody else is making these vectors."""


class VectorFolder:
    """The folder of one base's vectors. Reading is safe at any time; writing is for who holds the lock."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def text(self, name: str = CURRENT) -> bytes | None:
        """Give a manifest as it was written; None where there is none."""
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None

    def manifest(self, name: str = CURRENT) -> Manifest | None:
        """Read a manifest; None where there is none. Raises `CorruptArtifact`."""
        text = self.text(name)
        return None if text is None else self.parsed(text)

    def parsed(self, text: bytes) -> Manifest:
        """Raises `CorruptArtifact`."""
        try:
            return Manifest.model_validate_json(text)
        except ValidationError:
            raise CorruptArtifact(f"the list of vectors in {self.path} is damaged: {REBUILD}") from None

    def load(self, segment: Segment, precision: Precision, verify: bool = True) -> tuple[Numbers, Vectors]:
        """Map a segment into memory, its bytes verified. Raises `CorruptArtifact`."""
        numbers_path, vectors_path = self._paths(segment.name)
        try:
            if verify:
                self._verify(numbers_path, segment.numbers_sha256)
                self._verify(vectors_path, segment.vectors_sha256)
            numbers = np.load(numbers_path, allow_pickle=False)
            vectors = np.load(vectors_path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as fault:
            raise CorruptArtifact(f"vectors in {self.path} cannot be read ({fault}): {REBUILD}") from fault
        if numbers.shape != (segment.rows,) or vectors.ndim != 2 or len(vectors) != segment.rows:
            raise CorruptArtifact(f"{vectors_path.name} in {self.path} is not as its manifest says: {REBUILD}")
        if vectors.dtype != precision:
            raise CorruptArtifact(f"{vectors_path.name} in {self.path} is not of {precision}: {REBUILD}")
        return numbers, vectors

    def index_path(self, index: IndexFile) -> Path:
        """Give the verified file of an index. Raises `CorruptArtifact`."""
        path = self.path / f"{index.name}.usearch"
        try:
            self._verify(path, index.sha256)
        except OSError as fault:
            raise CorruptArtifact(f"the index of vectors in {self.path} cannot be read: {REBUILD}") from fault
        return path

    def size(self) -> int:
        """Count the bytes of all files."""
        with suppress(FileNotFoundError), os.scandir(self.path) as entries:
            return sum(entry.stat().st_size for entry in entries if entry.is_file())
        return 0

    # --- for who holds the lock

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder. Raises `Busy` while another process or thread does, `NotFound` for a deleted base."""
        with suppress(FileExistsError):
            try:
                self.path.mkdir()
            except FileNotFoundError:
                raise NotFound(f"the knowledge base {self.path.parent.name!r} was deleted") from None
        with (self.path / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(
                    f"the vectors of {self.path.parent.name!r} are being made already: wait until that has ended"
                ) from None
            yield

    def add(self, numbers: Numbers, vectors: Vectors) -> Segment:
        """Write a segment, which is not searched before a manifest names it."""
        return self._segment(len(numbers), [(numbers, vectors)], vectors.shape[1], str(vectors.dtype))

    def merged(self, parts: Sequence[tuple[Numbers, Vectors]]) -> Segment:
        """Write one segment of several, without holding them in memory."""
        first = parts[0][1]
        return self._segment(sum(len(numbers) for numbers, _ in parts), parts, first.shape[1], str(first.dtype))

    def add_index(self, rows: int, save: Callable[[Path], None]) -> IndexFile:
        """Take an index that `save` writes to the path that it is given."""
        name = uuid.uuid4().hex
        aside, path = self.path / f"{name}.aside", self.path / f"{name}.usearch"
        save(aside)
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        aside.replace(path)
        self._flush_folder()
        return IndexFile(name=name, rows=rows, sha256=_sha256(path))

    def commit(self, manifest: Manifest, name: str = CURRENT) -> None:
        """Let `manifest` be the one of that name; durable on return."""
        self._written(self.path / name, lambda file: file.write(manifest.model_dump_json(indent=1).encode()))
        self._flush_folder()

    def forget(self, name: str) -> None:
        (self.path / name).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what no manifest names; who has mapped a file keeps it."""
        kept = {CURRENT, NEXT, "lock"}
        for manifest in (self._readable(CURRENT), self._readable(NEXT)):
            if manifest is not None:
                kept |= {path.name for one in manifest.segments for path in self._paths(one.name)}
                kept |= {f"{manifest.index.name}.usearch"} if manifest.index else set()
        for entry in list(self.path.iterdir()):
            if entry.name not in kept:
                entry.unlink(missing_ok=True)

    def _readable(self, name: str) -> Manifest | None:
        with suppress(CorruptArtifact):
            return self.manifest(name)
        return None

    def _segment(self, rows: int, parts: Sequence[tuple[Numbers, Vectors]], width: int, kind: str) -> Segment:
        name = uuid.uuid4().hex
        numbers_path, vectors_path = self._paths(name)
        numbers = np.concatenate([one for one, _ in parts]).astype(np.int64)
        self._written(numbers_path, lambda file: np.save(file, numbers, allow_pickle=False))

        def write(file: IO[bytes]) -> None:
            header = {"descr": np.dtype(kind).str, "fortran_order": False, "shape": (rows, width)}
            np.lib.format.write_array_header_1_0(file, header)
            for _, vectors in parts:
                for start in range(0, len(vectors), _COPIED):
                    file.write(np.ascontiguousarray(vectors[start : start + _COPIED]).data)

        self._written(vectors_path, write)
        self._flush_folder()
        return Segment(name=name, rows=rows, numbers_sha256=_sha256(numbers_path), vectors_sha256=_sha256(vectors_path))

    def _paths(self, name: str) -> tuple[Path, Path]:
        return self.path / f"{name}.numbers.npy", self.path / f"{name}.vectors.npy"

    def _verify(self, path: Path, wanted: str) -> None:
        if _sha256(path) != wanted:
            raise CorruptArtifact(f"{path.name} in {self.path} differs from what was written: {REBUILD}")

    def _written(self, path: Path, write: Callable[[IO[bytes]], Any]) -> None:
        aside = path.with_name(f"{path.name}.aside")
        with aside.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)

    def _flush_folder(self) -> None:
        handle = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
