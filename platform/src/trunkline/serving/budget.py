"""How much memory versions may take: whoever was not asked for the longest time goes first."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from trunkline.serving.table import VersionKey


class Budget:
    """The sizes of what is loaded, in the order of their last use. Thread-safe."""

    def __init__(self, limit: int | None) -> None:
        """Hold `limit` bytes at most; None: any number."""
        self._limit = limit
        self._sizes: OrderedDict[VersionKey, int] = OrderedDict()
        self._lock = Lock()

    def used(self, key: VersionKey) -> None:
        """Note that a version was asked for."""
        with self._lock:
            if key in self._sizes:
                self._sizes.move_to_end(key)

    def loaded(self, key: VersionKey, size: int) -> list[VersionKey]:
        """Note that a version of `size` bytes was loaded; gives those that must go for it, never itself."""
        with self._lock:
            self._sizes[key] = size
            self._sizes.move_to_end(key)
            gone = []
            while self._limit is not None and len(self._sizes) > 1 and sum(self._sizes.values()) > self._limit:
                gone.append(self._sizes.popitem(last=False)[0])
            return gone

    def forget(self, key: VersionKey) -> None:
        """Note that a version was let go."""
        with self._lock:
            self._sizes.pop(key, None)
