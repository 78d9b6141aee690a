"""What every command is given: settings and plugins, read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from trunkline.contract import Plugins
from trunkline.settings import Settings

if TYPE_CHECKING:
    from trunkline.store.registry import Registry


@dataclass(frozen=True)
class Context:
    """The settings of this run and the plugins that are installed; opens the registry when asked."""

    settings: Settings
    plugins: Plugins
    refused: Sequence[str] = ()  # settings that could not be used, each with why; their defaults stand in for them

    @property
    def place(self) -> str:
        """Where the registry is, and what names another; a database's address may hold a password and is not told."""
        if self.settings.database is not None:
            return "the database that TRUNKLINE_DATABASE names"
        return f"the registry under {self.settings.home}; TRUNKLINE_HOME names another"

    @cached_property
    def registry(self) -> Registry:
        """The registry, opened (and brought to the newest schema) on first use."""
        from trunkline.store.registry import Registry

        return Registry.open(self.settings)
