"""Which reference means which version: a snapshot of the catalog, so that no request waits for a database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from trunkline.errors import InvalidInput, NotFound
from trunkline.names import Reference
from trunkline.records import TrunkInfo, Version

NEWEST = ""  # the selector of a bare name; no alias can be called that
PRODUCTION = "production"

ModelKey = tuple[str, str]  # task, name
VersionKey = tuple[str, str, int]  # task, name, number
Pointer = tuple[ModelKey, str]  # a model, and a selector of its versions


@dataclass(frozen=True, slots=True)
class Behind:
    """A pointer whose version cannot be loaded here, so that another goes on answering, or none does."""

    wanted: VersionKey
    served: VersionKey | None
    why: str  # for whoever asks the server: no paths in it


@dataclass(frozen=True, slots=True)
class Table:
    """Versions by number, and what each alias (and the bare name) of a model points at; immutable."""

    versions: Mapping[VersionKey, Version]
    selectors: Mapping[ModelKey, Mapping[str, int]]
    trunks: Mapping[str, TrunkInfo]

    @classmethod
    def of(cls, versions: Iterable[Version], trunks: Iterable[TrunkInfo]) -> Table:
        by_key = {version_key(version): version for version in versions}
        selectors: dict[ModelKey, dict[str, int]] = {}
        for task, name, number in sorted(by_key):
            of_model = selectors.setdefault((task, name), {})
            of_model[NEWEST] = number  # sorted: the last one stays
            of_model.update(dict.fromkeys(by_key[task, name, number].aliases, number))
        return cls(by_key, selectors, {trunk.id: trunk for trunk in trunks})

    def only(self, references: Sequence[str]) -> Table:
        """Narrow to the versions that `references` mean: everything else becomes unknown."""
        kept = [self.versions[self.resolve(Reference.parse(reference))] for reference in references]
        used = {version.trunk_id for version in kept}
        return Table.of(kept, (trunk for trunk in self.trunks.values() if trunk.id in used))

    def keeping(self, selector: str, version: Version, trunk: TrunkInfo) -> Table:
        """Give a table in which a selector of the version's model still means `version`."""
        model = (version.task, version.name)
        pointers = {**self.selectors.get(model, {}), selector: version.number}
        return Table(
            {**self.versions, version_key(version): version},
            {**self.selectors, model: pointers},
            {**self.trunks, trunk.id: trunk},
        )

    def with_newest(self, may_be_served: Callable[[Version], bool]) -> Table:
        """Let each bare name mean the newest version that may be served; the newest of all where none may be."""
        table = self
        for model, pointers in self.selectors.items():
            numbers = sorted((key[2] for key in self.versions if key[:2] == model), reverse=True)
            versions = (self.versions[*model, number] for number in numbers)
            found = next(filter(may_be_served, versions), None)
            if found is not None and found.number != pointers[NEWEST]:
                table = table.keeping(NEWEST, found, self.trunks[found.trunk_id])
        return table

    def targets(self) -> Mapping[Pointer, VersionKey]:
        """Give what every selector of every model points at."""
        return {
            (model, selector): (*model, number)
            for model, pointers in self.selectors.items()
            for selector, number in pointers.items()
        }

    def resolve(self, reference: Reference, task: str | None = None) -> VersionKey:
        """Find the version meant, one of `task` where that is given. Raises `NotFound`, `InvalidInput`."""
        model = self._model(reference, task)
        pointers = self.selectors[model]
        if reference.number is not None:
            if (*model, reference.number) not in self.versions:
                known = (str(number) for *path, number in self.versions if tuple(path) == model)
                raise NotFound.named(f"version of {'/'.join(model)}", str(reference.number), known)
            return (*model, reference.number)
        selector = reference.alias or NEWEST
        if selector not in pointers:
            raise NotFound.named(f"alias of {'/'.join(model)}", selector, set(pointers) - {NEWEST})
        return (*model, pointers[selector])

    def default(self, task: str) -> VersionKey:
        """Find the version that answers when no model is named. Raises `NotFound`, `InvalidInput`."""
        models = {model: pointers for model, pointers in self.selectors.items() if model[0] == task}
        in_production = [model for model, pointers in models.items() if PRODUCTION in pointers]
        candidates = in_production or list(models)
        if not candidates:
            raise NotFound(f"no model of task {task!r} is served; tune or import one first")
        if len(candidates) > 1:
            names = ", ".join(sorted(name for _, name in candidates))
            raise InvalidInput(f"several models of task {task!r} are served: name one of {names}")
        model = candidates[0]
        return (*model, models[model].get(PRODUCTION, models[model][NEWEST]))

    def trunk(self, name: str) -> str:
        """Find a trunk's id by its name or the start of its id. Raises `NotFound`, `InvalidInput`."""
        named = [trunk.id for trunk in self.trunks.values() if trunk.name == name]
        found = named or [trunk_id for trunk_id in self.trunks if name and trunk_id.startswith(name)]
        if not found:
            raise NotFound.named("trunk", name, (trunk.name for trunk in self.trunks.values()))
        if len(found) > 1:
            ids = ", ".join(sorted(trunk_id[:12] for trunk_id in found))
            raise InvalidInput(f"several trunks match {name[:80]!r}: ask by the start of an id, one of {ids}")
        return found[0]

    def _model(self, reference: Reference, task: str | None) -> ModelKey:
        if task and reference.task and reference.task != task:
            raise InvalidInput(f"{reference} is a model of task {reference.task!r}, not of {task!r}")
        wanted = reference.task or task
        owners = [owner for owner, name in self.selectors if name == reference.name]
        if wanted in owners or (owners and wanted is None):
            return (wanted or owners[0], reference.name)
        if owners:
            raise InvalidInput(f"{reference.name!r} is a model of task {owners[0]!r}, not of {wanted!r}")
        known = (name for owner, name in self.selectors if wanted in (None, owner))
        raise NotFound.named("model", reference.name, known)


def version_key(version: Version) -> VersionKey:
    return (version.task, version.name, version.number)
