"""All knowledge bases of a data folder, by name."""

from __future__ import annotations

import os
import secrets
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trunkline import Conflict, EnvironmentFault, NotFound, check_name
from trunkline_qa.knowledge.connections import kept_still
from trunkline_qa.knowledge.store import DocumentStore

FOLDER = "knowledge-bases"
DATABASE = "knowledge.db"
_MAKING = ".making-"  # no base is called so: names begin with a letter or a digit
_DELETED = ".deleted-"
_ABANDONED_SECONDS = 3600.0  # making takes milliseconds: who is not done after so long was killed


class Shelf:
    """The bases under `{folder}/knowledge-bases`, a folder each; for any number of threads and processes."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the plugin's data folder, `inference.data_folder("qa")`."""
        self.folder = folder / FOLDER
        self._open: dict[str, DocumentStore] = {}
        self._lock = threading.Lock()

    def create(self, name: str, settings: Mapping[str, Any]) -> DocumentStore:
        """Make an empty base. Raises `InvalidInput` for such a name, `Conflict` where there is one."""
        place = self.place(name)
        aside = self.folder / f"{_MAKING}{secrets.token_hex(8)}"
        with _folder_faults(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._sweep()
            try:
                aside.mkdir()
                DocumentStore.create(aside / DATABASE, settings).close()
                self._put_in_place(aside, place)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
        return self.open(name)

    def open(self, name: str) -> DocumentStore:
        """Give the base; the same handle while it lives. Raises `NotFound`, which names those that are there."""
        path = self.place(name) / DATABASE
        with self._lock:
            store = self._open.get(name)
            if store is not None and store.is_there():
                return store
            if store is not None:
                self._open.pop(name).close()
            if not path.is_file():
                raise NotFound.named("knowledge base", name, self.names())
            self._open[name] = DocumentStore.open(path)
            return self._open[name]

    def delete(self, name: str) -> None:
        """Delete the base with everything in its folder. Raises `NotFound`.

        The folder is moved away while nobody reads or writes; then who asks gets `NotFound`, never half a base.
        A base whose file is damaged goes too.
        """
        place = self.place(name)
        if not (place / DATABASE).is_file():
            raise NotFound.named("knowledge base", name, self.names())
        aside = self.folder / f"{_DELETED}{secrets.token_hex(8)}"
        with _folder_faults(self.folder), kept_still(place / DATABASE):
            place.rename(aside)
            _sync(self.folder)
        with self._lock:
            store = self._open.pop(name, None)
        if store is not None:
            store.close()
        shutil.rmtree(aside, ignore_errors=True)  # what somebody still writes into is swept next time

    def names(self) -> list[str]:
        """List the bases, in order."""
        if not self.folder.is_dir():
            return []
        return sorted(one.name for one in self.folder.iterdir() if one.name[0] != "." and (one / DATABASE).is_file())

    def place(self, name: str) -> Path:
        """Give the folder of the base `name`, whether it is there or not. Raises `InvalidInput`."""
        return self.folder / check_name(name, "knowledge base's name")

    def close(self) -> None:
        """Close every handle."""
        with self._lock:
            stores, self._open = list(self._open.values()), {}
        for store in stores:
            store.close()

    def _put_in_place(self, aside: Path, place: Path) -> None:
        _sync(aside)
        try:
            os.rename(aside, place)  # noqa: PTH104 - atomic, and fails where the folder is there and has something in it
        except OSError as fault:
            if (place / DATABASE).exists():
                raise Conflict(
                    f"there is a knowledge base {place.name!r} already: add to it, or remove it first"
                ) from fault
            raise
        _sync(self.folder)

    def _sweep(self) -> None:
        """Remove what killed processes left."""
        oldest = time.time() - _ABANDONED_SECONDS
        old = [one for one in self.folder.glob(f"{_MAKING}*") if _changed(one) < oldest]
        for left in (*self.folder.glob(f"{_DELETED}*"), *old):
            shutil.rmtree(left, ignore_errors=True)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _sync(folder: Path) -> None:
    """Make the names in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _folder_faults(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise EnvironmentFault(
            f"cannot write under {folder}: {fault.strerror or fault}; check its rights and the free space of its disk"
        ) from fault
