"""What tasks may keep on disk: files of their own, and hidden states of their texts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from trunkline.backends.backend import Backend
from trunkline.names import check_name
from trunkline.records import Version
from trunkline.serving.bulk import read_many
from trunkline.serving.deployment import Loaded
from trunkline.serving.dispatch import Ask, Dispatcher
from trunkline.serving.keeping import KeptSides
from trunkline.serving.lane import Lane
from trunkline.serving.reader import SidesReader, VersionReader
from trunkline.settings import Settings
from trunkline.trunk.inputs import EncoderInput


class Storage:
    """Gives folders to plugins, and keeps states there that the engine then uses. Thread-safe."""

    def __init__(self, dispatcher: Dispatcher, settings: Settings, backend: Callable[[], Backend]) -> None:
        self._dispatcher = dispatcher
        self._settings = settings
        self._backend = backend
        self._kept: dict[tuple[Path, str, int], KeptSides] = {}
        self._opening = Lock()

    def data_folder(self, plugin: str) -> Path:
        folder = self._settings.home / "plugins" / check_name(plugin, "plugin name")
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    async def keeping(self, folder: Path, task: str, model: str | None) -> KeptSides | None:
        loaded = await asyncio.wrap_future(self._dispatcher.locate(Ask((), task, model)))
        reader = loaded.reader
        if not isinstance(reader, VersionReader) or not reader.version.branch.joined_at:
            return None
        return await asyncio.to_thread(self._opened, folder.resolve(), reader.version, loaded.lane)

    def _opened(self, folder: Path, version: Version, lane: Lane) -> KeptSides:
        """Give the states that are kept in a folder: opened once, and looked at again each time."""
        with self._opening:
            key = (folder, version.trunk_id, version.branch.joined_at)
            kept = self._kept.get(key)
            if kept is not None and not kept.closed:
                kept.refresh()
                return kept
            backend = self._backend()
            engine = f"{backend.name}-{backend.precision}"
            kept = self._kept[key] = KeptSides(version, lane, engine, folder, partial(self._read, lane))
            return kept

    def _read(self, lane: Lane, reader: SidesReader, texts: Sequence[EncoderInput]) -> Sequence[Any]:
        return read_many(self._dispatcher, Loaded(reader, lane), texts, self._settings)
