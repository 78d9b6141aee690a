"""What is loaded: trunks and versions, and which reference means which of them now."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from trunkline.backends.auto import permitted_of
from trunkline.backends.backend import Backend, Stem, answering
from trunkline.contract.plugins import Plugins
from trunkline.errors import InvalidInput, NotFound, NotMeasured, PluginError, TrunklineError
from trunkline.names import Reference
from trunkline.records import TrunkInfo, Version
from trunkline.records.evaluation import REFERENCE
from trunkline.serving.budget import Budget
from trunkline.serving.catalog import Catalog
from trunkline.serving.lane import Lane
from trunkline.serving.once import Once
from trunkline.serving.reader import Reader, StatesReader, VersionReader
from trunkline.serving.table import NEWEST, PRODUCTION, Behind, Pointer, Table, VersionKey, version_key
from trunkline.serving.writer import writer_of
from trunkline.trunk.tokenizer import Tokenizer

log = logging.getLogger(__name__)
SHOWN = 3  # versions that are named where none can be served
UNSERVABLE = (NotFound, NotMeasured, PluginError)
"""What keeps one version from being served here and says nothing of the others."""


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A reader, a version's above all, and the lane on which it runs; requests in flight keep theirs."""

    reader: Reader
    lane: Lane
    size: int = 0  # bytes of a version's own weights


class Deployment:
    """Loads what is asked for once, and follows the catalog's aliases. Thread-safe."""

    def __init__(
        self,
        catalog: Catalog,
        plugins: Plugins,
        choose: Callable[[], Backend],
        make_lane: Callable[[Stem, Tokenizer], Lane],
        loaders: Executor,
        models: Sequence[str] = (),
        measured_only: bool = False,
        memory: int | None = None,
    ) -> None:
        """`models` restricts what is served; raises `NotFound` where one of them does not exist.

        `measured_only` refuses a version on a backend and precision that it was never evaluated on; torch in fp32
        is what it was tuned to be, and needs no proof. `memory` limits the bytes of the versions' weights; None: not.
        """
        self._catalog = catalog
        self._plugins = plugins
        self._choose = choose
        self._make_lane = make_lane
        self._models = tuple(models)
        self._measured_only = measured_only
        self._loaders = loaders
        self._budget = Budget(memory)
        self._versions: Once[VersionKey, Loaded] = Once(loaders.submit)
        self._lanes: Once[str, Lane] = Once()
        self._whole_backend: Once[None, Backend] = Once()
        self._follows_production = False
        self._proven: set[VersionKey] = set()  # measured on this engine: that is never taken back
        self._revision = catalog.revision()
        self.behind: Mapping[Pointer, Behind] = {}
        self.table = self._read()

    # --- finding: memory alone

    def find(self, task: str | None, reference: str | None) -> VersionKey:
        """Find the version that a request means. Raises `NotFound`, `InvalidInput`."""
        if reference is not None:
            return self.table.resolve(Reference.parse(reference), task)
        return self.table.default(task or "")

    def find_version(self, task: str | None, reference: str | None) -> Version:
        """Find the same, and give what is known of it. Raises `NotFound`, `InvalidInput`."""
        table = self.table
        key = table.default(task or "") if reference is None else table.resolve(Reference.parse(reference), task)
        return table.versions[key]

    def find_trunk(self, name: str | None) -> TrunkInfo:
        """Find a trunk by name or start of id; None is the only one. Raises `NotFound`, `InvalidInput`."""
        if name is not None:
            return self.table.trunks[self.table.trunk(name)]
        candidates = [lane.info for lane in self.lanes().values()] or list(self.table.trunks.values())
        if len(candidates) != 1:
            names = ", ".join(sorted(trunk.name for trunk in candidates)) or "none yet"
            raise InvalidInput(f"name the trunk to read; served: {names}")
        return candidates[0]

    def lanes(self) -> dict[str, Lane]:
        """Give the loaded trunks by id."""
        return self._lanes.made()

    def loaded(self) -> dict[VersionKey, Loaded]:
        return self._versions.made()

    # --- loading

    def ready(self, key: VersionKey) -> Loaded | None:
        """Give a version that is loaded already."""
        return self._versions.ready(key)

    def loading(self, key: VersionKey) -> Future[Loaded]:
        """Give the future of a version, loading it on another thread where nobody has yet; do not cancel it."""
        self._budget.used(key)
        return self._versions.future(key, lambda: self._load(key))

    def lane(self, trunk_id: str) -> Lane:
        """Give a trunk, loading it in this thread where nobody has yet."""
        return self._lanes.future(trunk_id, lambda: self._load_lane(trunk_id)).result()

    def reading(self, trunk: TrunkInfo, layers: Sequence[int], most_tokens: int | None = None) -> Future[Loaded]:
        """Give the future of a reader of a trunk's own states. Raises `InvalidInput` for a layer that it has not."""
        for layer in layers:
            if not 0 <= layer <= trunk.n_layers:
                raise InvalidInput(f"trunk {trunk.name} has no layer {layer}: ask for 0 to {trunk.n_layers}")
        reader = StatesReader(layers, most_tokens)
        lane = self._lanes.ready(trunk.id)
        if lane is None:
            return self._loaders.submit(lambda: Loaded(reader, self.lane(trunk.id)))
        future: Future[Loaded] = Future()
        future.set_result(Loaded(reader, lane))
        return future

    def preload(self) -> None:
        """Load what a server answers at once: the restricted models, or whatever is in production, now and later.

        What is in production but has no plugin here, or was not measured on this engine, is logged and left out, and
        tried again at refreshes; where all of it is such, that is raised, as is whatever else fails.
        """
        self._follows_production = True
        failed: dict[VersionKey, TrunklineError] = {}
        at_once = [(key, self.loading(key)) for key in self._at_once()]
        for key, future in at_once:
            try:
                future.result()
            except UNSERVABLE as error:
                if self._models:
                    raise
                failed[key] = error
        if failed and len(failed) == len(at_once):
            raise _none_of(list(failed.values()))
        for key, reason in failed.items():
            log.error("%s/%s@%d is in production and cannot be served: %s", *key, reason)
        self.behind = {(key[:2], PRODUCTION): Behind(key, None, str(reason)) for key, reason in failed.items()}
        if self._measured_only and self.table.versions:
            self.backend()
            self.table = self._on_this_engine(self.table)

    def trunks_at_once(self) -> Sequence[TrunkInfo]:
        """Give the trunks of what a server answers at once."""
        ids = {self.table.versions[key].trunk_id for key in self._at_once()}
        return [self.table.trunks[trunk] for trunk in sorted(ids)]

    def measured_at_once(self) -> Collection[tuple[str, str]]:
        """Give the (backend, precision) pairs on which all of what a server answers at once was measured."""
        return permitted_of([self._catalog.measured(self.table.versions[key]) for key in self._at_once()])

    def _at_once(self) -> Sequence[VersionKey]:
        served = self.table.targets().items()
        return sorted({key for (_, selector), key in served if self._models or selector == PRODUCTION})

    # --- following the catalog

    def refresh(self, again: bool = True) -> bool:
        """Take the catalog's changes over; tells whether all of them could be.

        What an alias in use points at now is loaded before requests are sent there. Where that fails the alias
        stays where it was, which `behind` tells; it is tried again when anything changes in the catalog, such as by
        the compilation that it waits for, and with `again` though nothing has.
        """
        revision = self._catalog.revision()
        if revision == self._revision and not (again and self.behind):
            return not self.behind
        before, after = self.table.targets(), self._read()
        behind: dict[Pointer, Behind] = {}
        for pointer, key in after.targets().items():
            old = before.get(pointer)
            if (key == old and pointer not in self.behind) or not self._uses(pointer, old):
                continue
            try:
                self.loading(key).result()
            except Exception as error:
                behind[pointer] = self._left(pointer, key, None if key == old else old, error)
                if old not in (None, key):
                    kept = self.table.versions[old]
                    after = after.keeping(pointer[1], kept, self.table.trunks[kept.trunk_id])
        self.table, self.behind, self._revision = after, behind, revision
        self._let_go(set(before.values()))
        return not behind

    def _left(self, pointer: Pointer, wanted: VersionKey, served: VersionKey | None, error: Exception) -> Behind:
        """Note what a pointer could not follow, and log it once; a traceback is for what nobody foresaw."""
        foreseen = isinstance(error, TrunklineError)
        told = str(error) if isinstance(error, UNSERVABLE) else "it cannot be loaded; the server's log says why"
        found = Behind(wanted, served, told)
        if self.behind.get(pointer) != found:
            (task, name), selector = pointer
            place = f"{task}/{name}" if selector == NEWEST else f"{task}/{name}@{selector}"
            stays = "is not answered" if served is None else f"stays at version {served[2]}"
            cause = error if foreseen else f"version {wanted[2]} cannot be loaded"
            log.error("%s %s: %s", place, stays, cause, exc_info=None if foreseen else error)
        return found

    def _uses(self, pointer: Pointer, old: VersionKey | None) -> bool:
        if old is not None and self._versions.ready(old) is not None:
            return True
        return self._follows_production and (bool(self._models) or pointer[1] == PRODUCTION)

    def _let_go(self, formerly: set[VersionKey]) -> None:
        """Unload versions that an alias has left, and those deleted; they load again if somebody names them."""
        now = set(self.table.targets().values())
        for key in self._versions.made():
            if key not in self.table.versions or (key in formerly and key not in now):
                self._versions.forget(key)
                self._budget.forget(key)

    def _read(self) -> Table:
        table = Table.of(self._catalog.versions(), self._catalog.trunks())
        return table.only(self._models) if self._models else self._on_this_engine(table)

    def _on_this_engine(self, table: Table) -> Table:
        """Let bare names mean what may be served, once it is known on which engine; restricted models stay as named."""
        backend = self._whole_backend.ready(None)
        if self._models or not self._measured_only or backend is None:
            return table
        return table.with_newest(lambda version: self._is_measured(version, backend))

    def _load(self, key: VersionKey) -> Loaded:
        version = self.table.versions.get(key) or self._read().versions.get(key)
        if version is None:
            raise NotFound(f"{key[0]}/{key[1]}@{key[2]} has been deleted; ask for another version")
        task = self._plugins.head_task(version.task)
        if self._measured_only:
            self._check_measured(version)
        lane = self.lane(version.trunk_id)
        weights = self._catalog.weights(version)
        branch = self.backend().load_branch(lane.stem, version, weights, task)
        lane.calibrate(branch.reads[-1])
        log.info("loaded %s", version.reference)
        size = weights.stat().st_size
        self._make_room(key, size)
        writer = writer_of(version, weights, task, self.backend(), self._catalog, lane.info.width, lane.stats)
        return Loaded(VersionReader(version, task, branch, writer), lane, size)

    def _make_room(self, key: VersionKey, size: int) -> None:
        """Unload what was not asked for the longest time, where memory is short; it loads again if it is asked for."""
        for gone in self._budget.loaded(key, size):
            self._versions.forget(gone)
            log.info("let go of %s/%s@%d: versions may take no more memory", *gone)

    def _check_measured(self, version: Version) -> None:
        backend = self.backend()
        if not self._is_measured(version, backend):
            name, precision = answering(backend, self._plugins.head_task(version.task))
            raise NotMeasured(
                f"{version.reference} was not measured on {name} in {precision}: first "
                f"trunkline compile {version.reference} --backend {name} --precision {precision}"
            )

    def _is_measured(self, version: Version, backend: Backend) -> bool:
        engine, key = answering(backend, self._plugins.head_task(version.task)), version_key(version)
        if engine == REFERENCE or key in self._proven:
            return True
        if engine in self._catalog.measured(version):
            self._proven.add(key)
        return key in self._proven

    def _load_lane(self, trunk_id: str) -> Lane:
        info: TrunkInfo = self.table.trunks.get(trunk_id) or self._read().trunks[trunk_id]
        folder = self._catalog.trunk_folder(trunk_id)
        return self._make_lane(self.backend().load_stem(folder, info), Tokenizer.from_folder(folder))

    def backend(self) -> Backend:
        """Give what runs the pieces, chosen now where nobody has. Raises `MissingExtra`."""
        return self._whole_backend.future(None, self._choose).result()


def _none_of(errors: Sequence[TrunklineError]) -> TrunklineError:
    """Say that nothing can be served, by the first error's kind; each error tells its remedy."""
    told = "; ".join(map(str, errors[:SHOWN]))
    more = f"; and {len(errors) - SHOWN} more" if len(errors) > SHOWN else ""
    return type(errors[0])(f"none of what is in production can be served: {told}{more}")
