"""What tasks may keep on disk: files of their own, and hidden states of their texts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from trunkline.backends.backend import Backend
from trunkline.names import check_name
from trunkline.serving.bulk import read_many
from trunkline.serving.deployment import Loaded
from trunkline.serving.dispatch import Ask, Dispatcher
from trunkline.serving.keeping import KeptSides
from trunkline.serving.reader import VersionReader
from trunkline.settings import Settings


class Storage:
    """Gives folders to plugins, and keeps states there that the engine then uses. Thread-safe."""

    def __init__(self, dispatcher: Dispatcher, settings: Settings, backend: Callable[[], Backend]) -> None:
        self._dispatcher = dispatcher
        self._settings = settings
        self._backend = backend

    def data_folder(self, plugin: str) -> Path:
        folder = self._settings.home / "plugins" / check_name(plugin, "plugin name")
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    async def keeping(self, folder: Path, task: str, model: str | None) -> KeptSides | None:
        loaded = await asyncio.wrap_future(self._dispatcher.locate(Ask((), task, model)))
        reader = loaded.reader
        if not isinstance(reader, VersionReader) or not reader.version.branch.joined_at:
            return None
        backend = await asyncio.to_thread(self._backend)
        return KeptSides(
            reader.version,
            loaded.lane,
            f"{backend.name}-{backend.precision}",
            folder,
            lambda sides, texts: read_many(self._dispatcher, Loaded(sides, loaded.lane), texts, self._settings),
        )
