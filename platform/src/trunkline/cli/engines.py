"""Which engines there are, and how fast they were here, as the doctor tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from trunkline.backends import select
from trunkline.records import TrunkInfo
from trunkline.settings import Settings

if TYPE_CHECKING:
    from trunkline.backends.timing import Timing
    from trunkline.store.registry import Registry


def engines() -> str:
    """Name the installed backends with what each computes in, its default first."""
    told = [f"{name} ({', '.join(select.PRECISIONS[name])})" for name in select.installed()]
    return "; ".join(told) or "none"


def timings(trunks: Sequence[TrunkInfo], settings: Settings) -> Mapping[str, Timing]:
    """Give what `auto` has measured under the present facts, by the trunk's name."""
    from trunkline.backends.timing import facts_of, memory

    found = {trunk.name: memory(settings).get(facts_of(trunk, settings)) for trunk in trunks}
    return {name: timing for name, timing in found.items() if timing is not None}


def choice(registry: Registry, settings: Settings) -> str:
    """Tell which engine `auto` would take for what is in production; measures nothing."""
    from trunkline.backends.auto import known_best, permitted_of
    from trunkline.backends.timing import label
    from trunkline.serving.catalog import RegistryCatalog
    from trunkline.serving.table import PRODUCTION

    versions = [version for version in registry.versions() if PRODUCTION in version.aliases]
    used = {version.trunk_id for version in versions}
    trunks = [trunk for trunk in registry.trunks() if trunk.id in used]
    catalog = RegistryCatalog(registry)
    best = known_best(settings, trunks, permitted_of([catalog.measured(one) for one in versions]), catalog)
    if best is None:
        return "auto has yet to measure what is in production"
    return f"auto would take {label(best)} for what is in production"


def timing_text(timing: Timing) -> str:
    """Write a measurement on one line: each engine with its milliseconds, shapes as rows x tokens."""
    told = [
        f"{engine} {', '.join(f'{shape} {one:.1f} ms' for shape, one in shapes.items())}"
        for engine, shapes in timing.milliseconds.items()
    ]
    return "; ".join(told)
