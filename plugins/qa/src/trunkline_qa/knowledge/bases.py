"""Knowledge bases as they are used: a store of documents, its preferences, and the vectors beside it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from trunkline import Conflict, NotFound
from trunkline_qa.knowledge.nearest import Mask
from trunkline_qa.knowledge.preferences import Preferences, stored
from trunkline_qa.knowledge.records import Kind
from trunkline_qa.knowledge.shelf import Shelf
from trunkline_qa.knowledge.store import DocumentStore
from trunkline_qa.knowledge.vector_files import VectorFolder
from trunkline_qa.knowledge.vectors import Loaded, VectorReader

PLUGIN = "qa"
_SEARCH = "search"


class KnowledgeBase:
    """One base; thread-safe. Every method raises `NotFound` once it was deleted."""

    def __init__(self, name: str, store: DocumentStore, place: Path) -> None:
        self.name = name
        self.store = store
        self.place = place
        self.folder = VectorFolder(place / "vectors")
        self.vectors = VectorReader(self.folder, store.identity)
        self._lock = Lock()
        self._masks: dict[Kind | None, tuple[int, Loaded, Mask]] = {}

    @property
    def identity(self) -> str:
        """What no other base has, though it be made under the same name."""
        return self.store.identity

    def preferences(self) -> Preferences:
        """Raises `CorruptArtifact` where they cannot be read."""
        return stored(self.store.settings().get(_SEARCH, {}))

    def prefer(self, changes: Mapping[str, Any]) -> Preferences:
        """Change some preferences; durable on return. Raises `InvalidInput`."""
        preferences = self.preferences().changed(changes)
        self.store.update_settings({_SEARCH: preferences.model_dump()})
        return preferences

    def living(self, loaded: Loaded, kind: Kind | None) -> Mask:
        """Tell of each row whether its passage is still there, and of that kind where one is named."""
        generation = self.store.generation()  # before its numbers: what is read late is at worst too new
        with self._lock:
            known = self._masks.get(kind)
        if known is not None and known[0] == generation and known[1] is loaded:
            return known[2]
        mask = np.isin(loaded.numbers, np.array(self.store.numbers(kind=kind), np.int64))
        with self._lock:
            self._masks[kind] = (generation, loaded, mask)
        return mask

    def size(self) -> int:
        """Count the bytes of documents and vectors on disk."""
        try:
            return self.store.path.stat().st_size + self.folder.size()
        except FileNotFoundError:
            raise NotFound(f"the knowledge base {self.name!r} was deleted") from None


class KnowledgeBases:
    """All bases of a data folder, each opened once; thread-safe."""

    def __init__(self, folder: Path) -> None:
        """`folder` is what `inference.data_folder` gives for this plugin."""
        self.shelf = Shelf(folder)
        self._lock = Lock()
        self._open: dict[str, KnowledgeBase] = {}

    def names(self) -> list[str]:
        return self.shelf.names()

    def open(self, name: str) -> KnowledgeBase:
        """Raises `NotFound`, which names those that are there, and `InvalidInput` for what is no name."""
        store = self.shelf.open(name)
        with self._lock:
            base = self._open.get(name)
            if base is None or base.store is not store:
                base = self._open[name] = KnowledgeBase(name, store, self.shelf.place(name))
        return base

    def create(self, name: str, preferences: Preferences) -> KnowledgeBase:
        """Make an empty base. Raises `Conflict` where there is one of that name, `InvalidInput`."""
        self.shelf.create(name, {_SEARCH: preferences.model_dump()})
        return self.open(name)

    def set(self, name: str, changes: Mapping[str, Any]) -> tuple[KnowledgeBase, bool]:
        """Make a base, or change the preferences of the one that is there; tells whether it was made."""
        try:
            return self.create(name, Preferences().changed(changes)), True
        except Conflict:
            base = self.open(name)
            base.prefer(changes)
            return base, False

    def delete(self, name: str) -> None:
        """Delete a base with all that is in it. Raises `NotFound`."""
        self.shelf.delete(name)
        with self._lock:
            self._open.pop(name, None)


@lru_cache(maxsize=16)
def bases_in(folder: Path) -> KnowledgeBases:
    """Give the bases of a data folder: one value in this process, for files are opened and vectors read once."""
    return KnowledgeBases(folder)
