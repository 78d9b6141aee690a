"""Hidden states on disk, beside whatever their texts belong to: a text that was read once is never read again.

A folder holds segments, each a file of numbers and a manifest that says whose they are. The numbers come first, the
manifest last, both written aside and renamed: a segment is whole or it is not there.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkline.errors import EnvironmentFault, InvalidInput
from trunkline.serving.state_cache import Key
from trunkline.store.blobs import sync_folder
from trunkline.store.faults import disk_faults
from trunkline.store.locks import lock_if_possible
from trunkline.trunk.windows import Window

log = logging.getLogger(__name__)
SEGMENT = re.compile(r"\d{6,}\.(json|states)")
WAIT = 30.0  # seconds for another process to end its writing, which takes moments
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Origin:
    """What states depend on besides their tokens; a folder holds those of one origin."""

    trunk: str
    engine: str  # backend and precision: states of another are not these
    layer: int
    width: int
    stored: str  # the type of a number: "float32", or "float16" where the engine itself is no finer

    @property
    def folder(self) -> str:
        return f"{self.trunk[:16]}-{self.engine}-layer{self.layer}"

    def bytes_of(self, slots: int) -> int:
        """Bytes of the states of so many tokens."""
        return slots * self.width * int(np.dtype(self.stored).itemsize)


@dataclass(frozen=True, slots=True)
class _Entry:
    numbers: NDArray[Any]  # (slots, width), mapped from the file
    checksum: int


class KeptStates:
    """The states of one origin under a folder. Any thread may read while one adds; one process writes at a time."""

    def __init__(self, folder: Path, origin: Origin) -> None:
        """Open what is there; a segment that does not fit its manifest is left out, and its texts are read again."""
        self.origin = origin
        self.folder = folder / origin.folder
        self._entries: dict[str, _Entry] = {}
        self._known: dict[Path, int] = {}  # manifests that were read, and when they were written
        self._writing = Lock()
        self.refresh()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in self._segments())

    def prepare(self) -> None:
        """Make the folder, in one that is there. Raises `EnvironmentFault` where that is gone."""
        with disk_faults(self.folder):
            self.folder.parent.mkdir(exist_ok=True)
            self.folder.mkdir(exist_ok=True)

    def refresh(self) -> None:
        """Take in what other processes wrote since, and let go of all where the folder is not there any more."""
        with self._writing:
            found = {path: path.stat().st_mtime_ns for path in sorted(self.folder.glob("*.json"))}
            if found == self._known:
                return
            if any(found.get(path) != written for path, written in self._known.items()):  # gone, or another's
                self._entries = {}
                self._known = {}
            for path in [path for path, written in found.items() if self._known.get(path) != written]:
                self._take_in(path)
            self._known = found

    def has(self, window: Window) -> bool:
        return _name(window) in self._entries

    def verify(self) -> None:
        """Let go of entries whose numbers are damaged, so that they are kept anew."""
        for name, entry in list(self._entries.items()):
            if zlib.crc32(entry.numbers.data) != entry.checksum:
                log.warning("%s holds damaged states of a text, which is read again", self.folder)
                self._entries.pop(name, None)

    def get(self, window: Window, layer: int) -> Floats | None:
        """Give a window's states (slots, width) at `layer`, as `put` got them; None where they are not kept."""
        entry = self._entries.get(_name(window)) if layer == self.origin.layer else None
        if entry is None:
            return None
        if zlib.crc32(entry.numbers.data) != entry.checksum:
            log.warning("%s holds damaged states of a text, which is read again", self.folder)
            self._entries.pop(_name(window), None)
            return None
        return entry.numbers.astype(np.float32)

    def put(self, states: Iterable[tuple[Window, Floats]]) -> None:
        """Add the states of windows as one segment, durably. Raises `EnvironmentFault` where the disk is full.

        Windows whose numbers the folder's type cannot hold are left out.
        """
        fresh = {_name(window): numbers for window, numbers in states if not self.has(window)}
        with np.errstate(over="ignore"):
            stored = {name: np.ascontiguousarray(numbers, self.origin.stored) for name, numbers in fresh.items()}
        stored = {name: numbers for name, numbers in stored.items() if np.isfinite(numbers).all()}
        if stored:
            self.prepare()
            with self._writing, disk_faults(self.folder), self._alone():
                self._add(stored)

    def keep_only(self, windows: Iterable[Window]) -> None:
        """Let go of the states of all other windows; the room is given back where more than half of it was theirs."""
        wanted = {_name(window) for window in windows}
        with self._writing:
            kept = {name: entry for name, entry in self._entries.items() if name in wanted}
            self._entries = kept
            if not self._known or 2 * sum(entry.numbers.nbytes for entry in kept.values()) >= self.size:
                return
            with disk_faults(self.folder), self._alone():
                before = list(self._known)  # what another process added meanwhile is not ours to remove
                if kept:
                    self._add({name: entry.numbers for name, entry in kept.items()})
                for path in before:
                    self._known.pop(path, None)
                    _remove(path)

    def _take_in(self, path: Path) -> None:
        try:
            self._entries.update(self._read(path))
        except (OSError, ValueError, KeyError, TypeError, ArithmeticError, RecursionError) as error:
            log.warning("%s is left out, and its texts are read again: %s", path, error)

    def _read(self, manifest: Path) -> Mapping[str, _Entry]:
        told = json.loads(manifest.read_text())
        if told["stored"] != self.origin.stored or told["width"] != self.origin.width:
            raise ValueError(f"it holds {told['stored']} of width {told['width']}")
        slots = sum(int(one["slots"]) for one in told["windows"])
        numbers = _mapped(manifest.with_suffix(".states"), self.origin, slots)
        return dict(_cut(numbers, told["windows"]))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the folder against other processes, which hold it for moments; sweep what killed ones left."""
        with (self.folder / "writing.lock").open("wb") as file:
            deadline = monotonic() + WAIT
            while not lock_if_possible(file):
                if monotonic() > deadline:
                    raise EnvironmentFault(f"another process is writing to {self.folder}: try again when it is done")
                sleep(0.05)
            manifests = {path.stem for path in self.folder.glob("*.json")}
            for path in [*self.folder.glob("*.partial"), *self.folder.glob("*.states")]:
                if path.suffix == ".partial" or path.stem not in manifests:
                    path.unlink(missing_ok=True)
            yield

    def _add(self, stored: Mapping[str, NDArray[Any]]) -> None:
        path = self.folder / f"{self._next():06d}.json"
        told = {
            "stored": self.origin.stored,
            "width": self.origin.width,
            "windows": [
                {"name": name, "slots": len(numbers), "crc32": zlib.crc32(numbers.data)}
                for name, numbers in stored.items()
            ],
        }
        _publish(path.with_suffix(".states"), (numbers.data.cast("B") for numbers in stored.values()))
        _publish(path, [json.dumps(told).encode()])
        self._entries.update(self._read(path))
        self._known[path] = path.stat().st_mtime_ns

    def _next(self) -> int:
        return 1 + max((int(path.stem) for path in self._segments()), default=0)

    def _segments(self) -> list[Path]:
        return [path for path in self.folder.glob("[0-9]*") if SEGMENT.fullmatch(path.name)]


def check_room(folder: Path, size: int, reserve: int = 2**28) -> None:
    """Raise `InvalidInput` where `size` bytes would not leave the disk of an existing folder `reserve` free."""
    free = shutil.disk_usage(folder).free
    if size + reserve > free:
        raise InvalidInput(
            f"{size / 2**20:.0f} MiB of hidden states, where {free / 2**20:.0f} MiB are free: keep those of fewer texts"
        )


def _name(window: Window) -> str:
    return Key.of(window).digest


def _mapped(path: Path, origin: Origin, slots: int) -> NDArray[Any]:
    size = origin.bytes_of(slots)
    if path.stat().st_size != size:
        raise ValueError(f"{path.name} has {path.stat().st_size} bytes, not {size}")
    return np.memmap(path, dtype=origin.stored, mode="r", shape=(slots, origin.width))


def _cut(numbers: NDArray[Any], windows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, _Entry]]:
    start = 0
    for one in windows:
        end = start + int(one["slots"])
        yield str(one["name"]), _Entry(numbers[start:end], int(one["crc32"]))
        start = end


def _publish(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    aside = path.with_name(f"{path.name}.partial")
    with aside.open("wb") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    sync_folder(path.parent)


def _remove(manifest: Path) -> None:
    """Remove a segment: the manifest first, so that none is without its numbers. What is mapped stays readable."""
    manifest.unlink(missing_ok=True)
    manifest.with_suffix(".states").unlink(missing_ok=True)
