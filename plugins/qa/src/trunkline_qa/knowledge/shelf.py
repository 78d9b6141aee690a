"""All knowledge bases of a data folder, by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trunkline_qa.knowledge.store import DocumentStore

DATABASE = "knowledge.db"


class Shelf:
    """The bases under `{folder}/knowledge-bases`, a folder each; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the plugin's data folder, `inference.data_folder("qa")`."""
        self.folder = folder / "knowledge-bases"

    def create(self, name: str, settings: Mapping[str, Any]) -> DocumentStore:
        """Make an empty base. Raises `InvalidInput` for such a name, `Conflict` where there is one."""
        raise NotImplementedError

    def open(self, name: str) -> DocumentStore:
        """Give the base; the same handle each time. Raises `NotFound`, which names those that are there."""
        raise NotImplementedError

    def delete(self, name: str) -> None:
        """Delete the base with everything in its folder. Raises `NotFound`."""
        raise NotImplementedError

    def names(self) -> list[str]:
        raise NotImplementedError

    def place(self, name: str) -> Path:
        """Give the folder of the base `name`, whether it is there or not. Raises `InvalidInput`."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError
