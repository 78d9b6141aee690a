"""Which version a line of a log means."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from trunkline.errors import InvalidInput, NotFound
from trunkline.estimate.shape import Shape
from trunkline.names import Reference
from trunkline.serving.table import Table, VersionKey

KEPT = 4096  # names whose meanings are remembered


class Meanings:
    """The versions that requests mean, numbered as they are met.

    Named versions stand for their tasks and models, whatever alias or number a request asks for. Without them a
    request's model means what the registry says now, and a task alone means the version that would answer it.
    """

    def __init__(self, table: Table, named: Sequence[str] = ()) -> None:
        """Raise `NotFound` for a named version that does not exist, and where there is none at all."""
        if not table.versions:
            raise NotFound(
                "no version is registered, and an estimate counts with where versions leave their trunk: tune or "
                "import one first"
            )
        self._table = table
        self._named = [table.resolve(Reference.parse(reference)) for reference in named]
        self._numbers: dict[VersionKey, int] = {}
        self.number = lru_cache(KEPT)(self._number)

    @property
    def shapes(self) -> list[Shape]:
        """The versions met so far."""
        versions = [self._table.versions[key] for key in self._numbers]
        return [Shape.of(version, self._table.trunks[version.trunk_id]) for version in versions]

    def all_met(self) -> list[Shape]:
        """Number every version there is, so that no new one is met later."""
        for key in sorted(self._named or self._table.versions):
            self._numbers.setdefault(key, len(self._numbers))
        return self.shapes

    def _number(self, task: str | None, model: str | None) -> int:
        """Give the number of the version that a request means. Raises `NotFound`, `InvalidInput`."""
        tasks = {owner for owner, _ in self._table.selectors}
        if model is None and task not in tasks:
            raise NotFound.named("task of a registered version", task or "", tasks)
        key = self._among_named(task, model) if self._named else self._registered(task, model)
        return self._numbers.setdefault(key, len(self._numbers))

    def _registered(self, task: str | None, model: str | None) -> VersionKey:
        if model is not None:
            return self._table.resolve(Reference.parse(model), task)
        return self._table.default(task or "")

    def _among_named(self, task: str | None, model: str | None) -> VersionKey:
        name = None if model is None else Reference.parse(model).name
        found = [key for key in self._named if task in (None, key[0]) and name in (None, key[1])]
        asked = f"model {model!r}" if model is not None else f"task {task!r}"
        if not found:
            raise NotFound(f"none of the versions named is of {asked}: name one of them too")
        if len(found) > 1:
            names = ", ".join(f"{key[0]}/{key[1]}@{key[2]}" for key in found)
            raise InvalidInput(f"{asked} means several of the versions named: {names}; leave one, or give models")
        return found[0]
