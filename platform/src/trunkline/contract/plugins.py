"""Finding plugins: entry points in, tasks out. Nothing goes through pluggy per request."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any

import pluggy

from trunkline.contract import hookspecs
from trunkline.contract.head_task import HeadTask
from trunkline.contract.task import Task
from trunkline.errors import InvalidInput, NotFound, PluginError
from trunkline.names import check_name

log = logging.getLogger(__name__)
ENTRY_POINTS = "trunkline"


@dataclass(frozen=True, slots=True)
class PluginStatus:
    """One entry point, and what became of it."""

    name: str
    distribution: str
    version: str
    tasks: tuple[str, ...] = ()
    error: str | None = None  # why it could not be loaded
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Plugins:
    """The loaded plugins; made by `load_plugins` and passed down as a value."""

    hooks: pluggy.HookRelay
    tasks: Mapping[str, Task[Any, Any]]
    backends: Mapping[str, Any] = field(default_factory=dict)
    status: Sequence[PluginStatus] = ()

    def task(self, name: str) -> Task[Any, Any]:
        """Give the task of that name. Raises `NotFound`, or `PluginError` where its plugin failed to import."""
        if name in self.tasks:
            return self.tasks[name]
        for status in self.status:
            if status.error and name in (status.name, *status.tasks):
                raise PluginError(f"the plugin {name!r} is installed but does not load: {status.error}")
        raise NotFound.named("task", name, self.tasks)

    def head_task(self, name: str) -> HeadTask[Any, Any, Any]:
        """Give the task of that name, if it is one that can be tuned. Raises `InvalidInput` otherwise."""
        task = self.task(name)
        if not isinstance(task, HeadTask):
            raise InvalidInput(f"task {name!r} has no head of its own: it cannot be tuned or evaluated")
        return task

    def notify(self, hook: str, **facts: Any) -> None:
        """Call an observer hook; what an observer raises is logged and undoes nothing."""
        for implementation in getattr(self.hooks, hook).get_hookimpls():
            wanted = {name: facts[name] for name in implementation.argnames}
            try:
                implementation.function(**wanted)
            except Exception:
                log.exception("plugin %s failed in %s", implementation.plugin_name, hook)


def load_plugins(block: Sequence[str] = (), extra: Iterable[ModuleType | object] = ()) -> Plugins:
    """Load every installed plugin that is not blocked, and `extra` ones given as objects.

    A plugin that fails to import is kept in `status` and does not stop the others.
    Raises `PluginError` for a misspelt hook and for two plugins that claim one task name.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    status = [_load(manager, point, block) for point in _entry_points()]
    try:
        for plugin in extra:
            manager.register(plugin)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(f"{error}; the hooks are listed in trunkline.contract.hookspecs") from error
    owners: dict[str, str] = {}
    tasks = {task.name: task for task in _owned(manager, "register_tasks", "task", owners)}
    owners_of_backends: dict[str, str] = {}
    backends = {
        backend.name: backend for backend in _owned(manager, "register_backends", "backend", owners_of_backends)
    }
    named = tuple(_with_tasks(entry, owners) for entry in status)
    return Plugins(manager.hook, tasks, backends, named)


def _entry_points() -> list[EntryPoint]:
    return sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)


def _load(manager: pluggy.PluginManager, point: EntryPoint, block: Sequence[str]) -> PluginStatus:
    distribution = point.dist.name if point.dist else "?"
    version = point.dist.version if point.dist else "?"
    if point.name in block:
        return PluginStatus(point.name, distribution, version, blocked=True)
    try:
        manager.register(point.load(), name=point.name)
    except Exception as error:  # a plugin may fail in any way; the others must go on
        reason = f"{type(error).__name__}: {error}"
        return PluginStatus(point.name, distribution, version, error=reason)
    return PluginStatus(point.name, distribution, version)


def _owned(manager: pluggy.PluginManager, hook: str, kind: str, owners: dict[str, str]) -> Iterator[Any]:
    for implementation in reversed(getattr(manager.hook, hook).get_hookimpls()):
        for thing in implementation.function():
            check_name(thing.name, kind)
            owner = implementation.plugin_name
            if owners.get(thing.name) == owner:
                raise PluginError(f"the plugin {owner} registers the {kind} {thing.name!r} twice")
            if thing.name in owners:
                raise PluginError(
                    f"two plugins register the {kind} {thing.name!r}: {owners[thing.name]} and "
                    f"{owner}; block one with TRUNKLINE_BLOCK_PLUGINS"
                )
            owners[thing.name] = owner
            yield thing


def _with_tasks(status: PluginStatus, owners: Mapping[str, str]) -> PluginStatus:
    tasks = tuple(task for task, owner in owners.items() if owner == status.name)
    return PluginStatus(status.name, status.distribution, status.version, tasks, status.error, status.blocked)
