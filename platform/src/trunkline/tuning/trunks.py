"""Which trunk a run stands on: one that is registered, or a source that becomes a trunk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from trunkline.errors import InvalidInput, NotFound
from trunkline.records import TrunkInfo
from trunkline.settings import Settings
from trunkline.store.registry import Registry
from trunkline.trunk.content import count_layers
from trunkline.trunk.folder import import_trunk
from trunkline.trunk.source import find


def choose(
    name: str, registry: Registry, settings: Settings, scratch: Path, check: Callable[[int], object]
) -> tuple[TrunkInfo, Path]:
    """Give the trunk and a folder of its files: a registered name or id first, unless `name` is a folder.

    A source is written as a trunk under `scratch`; it is registered with the first version that stands on it.
    `check` is told the number of layers before any weights are read, and may raise.
    Raises `NotFound` and `TrunkError` as the source does.
    """
    if not Path(name).is_dir():
        try:
            info = registry.trunk(name)
        except (NotFound, InvalidInput):
            pass
        else:
            check(info.n_layers)
            return info, registry.trunk_folder(info.id)
    local = Path(name).is_dir()
    shown = Path(name).resolve().name if local else name
    source = find(name, settings)
    check(count_layers(source))
    return import_trunk(source, scratch / "trunk", shown), scratch / "trunk"
