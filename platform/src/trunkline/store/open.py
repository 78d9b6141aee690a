"""The public door to the registry."""

from __future__ import annotations

from trunkline.settings import Settings
from trunkline.store.registry import Registry


def registry(settings: Settings | None = None) -> Registry:
    """Open the registry that `settings` (default: the environment) name, made or upgraded if need be."""
    return Registry.open(settings or Settings())
