"""The engine: the one way by which texts reach models, whoever asks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from trunkline.backends import auto, select
from trunkline.backends.backend import Backend, Stem
from trunkline.contract.inference import Answer
from trunkline.contract.plugins import Plugins
from trunkline.records import TrunkInfo, Version
from trunkline.serving.bulk import predict_many
from trunkline.serving.catalog import Catalog
from trunkline.serving.decoders import Decoders
from trunkline.serving.deployment import Deployment, Loaded
from trunkline.serving.dispatch import Ask, Dispatcher
from trunkline.serving.door import Door
from trunkline.serving.keeping import KeptSides
from trunkline.serving.lane import Lane
from trunkline.serving.reader import VersionReader
from trunkline.serving.refresher import Refresher
from trunkline.serving.stats import Snapshot, Stats
from trunkline.serving.storage import Storage
from trunkline.serving.table import Behind, Pointer, VersionKey
from trunkline.serving.terms import Terms
from trunkline.serving.together import Member, Together
from trunkline.settings import Settings
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.states import HiddenStates
from trunkline.trunk.tokenizer import Tokenizer

PROBE_SECONDS = 10.0


class Engine:
    """Runs models for tasks: an `Inference`, with a synchronous side. Thread-safe; a context manager.

    Many requests share it: each coroutine may run on any event loop. It owns its threads; `close` ends them.
    """

    def __init__(
        self,
        catalog: Catalog,
        plugins: Plugins,
        settings: Settings,
        backend: Backend | None = None,
        *,
        models: Sequence[str] = (),
        follow: bool = True,
        measured_only: bool = False,
    ) -> None:
        """Serve what `catalog` has, or only `models` (references); `follow` its aliases while running.

        `measured_only` refuses versions that were never evaluated on this backend and precision (`NotMeasured`).

        The backend is chosen at the first load where none is given. Raises `NotFound` for one of `models`.
        """
        self.settings = settings
        self.plugins = plugins
        self._stats = Stats()
        self._loaders, self._tokenisers = (ThreadPoolExecutor(2, f"trunkline-{work}") for work in ("load", "tokenise"))
        self._decoders = Decoders()
        self._backend = backend
        self._catalog = catalog
        memory = None if settings.versions_mib is None else settings.versions_mib * 2**20
        self._deployment = Deployment(
            catalog, plugins, self._choose, self._make_lane, self._loaders, models, measured_only, memory
        )
        self._dispatcher = Dispatcher(self._deployment, self._tokenisers, self._stats, settings.text_characters)
        self._storage = Storage(self._dispatcher, settings, self._deployment.backend)
        self._refresher = Refresher(self._deployment.refresh, settings.refresh_seconds) if follow else None

    # --- the inference door

    async def predict(self, task: str, model: str | None, inputs: Sequence[EncoderInput]) -> Answer:
        return await self.door().predict(task, model, inputs)

    async def generate(
        self, task: str, model: str | None, inputs: Sequence[EncoderInput], prompts: Sequence[Any]
    ) -> Answer:
        return await self.door().generate(task, model, inputs, prompts)

    async def token_counter(self, task: str, model: str | None) -> Tokenizer:
        return await self._dispatcher.tokenizer(task, model)

    async def hidden_states(
        self,
        trunk: str | None,
        inputs: Sequence[EncoderInput],
        layers: Sequence[int],
        most_tokens: int | None = None,
    ) -> Sequence[Sequence[HiddenStates]]:
        return await self.door().hidden_states(trunk, inputs, layers, most_tokens)

    def trunk_info(self, name: str | None) -> TrunkInfo:
        return self._dispatcher.trunk_info(name)

    def version_info(self, task: str, model: str | None) -> Version:
        return self._dispatcher.version_info(task, model)

    def data_folder(self, plugin: str) -> Path:
        return self._storage.data_folder(plugin)

    async def keeping(self, folder: Path, task: str, model: str | None) -> KeptSides | None:
        return await self._storage.keeping(folder, task, model)

    def door(self, terms: Terms | None = None) -> Door:
        """Give the door of one request, whose calls together are on `terms`: by default, the settings' deadline."""
        return Door(self._dispatcher, self._storage, terms or Terms.within(self.settings.deadline_seconds))

    def together(self, members: int, terms: Terms | None = None) -> list[Member]:
        """Give doors whose calls are held until each member has asked or left, then planned as one group.

        Use each as a context manager around its task, all on one event loop.
        """
        agreed = terms or Terms.within(self.settings.deadline_seconds)
        return Together(members, self._dispatcher, self._storage, agreed).members

    # --- the synchronous side

    def predict_many(
        self, task: str, model: str | None, inputs: Sequence[EncoderInput], seconds: float | None = None
    ) -> Answer:
        """Predict any number of inputs from ordinary code, waiting for room in the queue; at most `seconds`."""
        return predict_many(self._dispatcher, Ask(inputs, task, model), self.settings, seconds)

    def load(self, reference: str | None, task: str | None = None) -> Version:
        """Load what `reference` means now (None: the only model of `task`). Raises `NotFound`, `InvalidInput`."""
        key = self._deployment.find(task, reference)
        self._deployment.loading(key).result()
        return self._deployment.table.versions[key]

    def reading(self, reference: str | None, task: str | None = None) -> Loaded:
        """Load the same, and give its reader with its lane, for work that goes past the queue."""
        return self._deployment.loading(self._deployment.find(task, reference)).result()

    def lane(self, trunk: str | None) -> Lane:
        """Load a trunk by name or start of id (None: the only one). Raises `NotFound`, `InvalidInput`."""
        return self._deployment.lane(self._deployment.find_trunk(trunk).id)

    def preload(self) -> None:
        """Load the restricted models or, without any, whatever is in production, now and when aliases move."""
        self._deployment.preload()

    # --- what it is doing

    @property
    def backend(self) -> Backend:
        """What runs the pieces, chosen now where nothing is loaded yet. Raises `MissingExtra`."""
        return self._deployment.backend()

    @property
    def served(self) -> Sequence[Version]:
        """The versions that may be asked, loaded or not."""
        return list(self._deployment.table.versions.values())

    @property
    def loaded(self) -> Sequence[str]:
        """The references of the versions in memory."""
        return sorted(loaded.reader.label for loaded in self._deployment.loaded().values())

    @property
    def weight_bytes(self) -> int:
        """The bytes of the loaded versions' own weights, the trunks' not among them."""
        return sum(loaded.size for loaded in self._deployment.loaded().values())

    @property
    def targets(self) -> Mapping[Pointer, VersionKey]:
        """What each alias, and each bare name, means here now."""
        return self._deployment.table.targets()

    @property
    def behind(self) -> Mapping[Pointer, Behind]:
        """The aliases that are not answered by what they point at in the catalog."""
        return self._deployment.behind

    @property
    def alive(self) -> bool:
        """Whether requests are taken and no worker has died."""
        lanes = self._deployment.lanes().values()
        return not self._dispatcher.closing and all(lane.alive for lane in lanes)

    def probe(self, seconds: float = PROBE_SECONDS) -> bool:
        """Send a probe through every loaded trunk; tells whether all came back within `seconds` each. Blocks."""
        return self.alive and all(lane.probe(seconds) for lane in self._deployment.lanes().values())

    async def ready(self, seconds: float = PROBE_SECONDS) -> bool:
        """Tell the same without blocking the event loop."""
        return self.alive and await asyncio.to_thread(self.probe, seconds)

    def stats(self) -> Snapshot:
        lanes = self._deployment.lanes()
        return replace(
            self._stats.snapshot(),
            queued_requests={trunk: lane.queue.requests for trunk, lane in lanes.items()},
            queued_tokens={trunk: lane.queue.tokens for trunk, lane in lanes.items()},
            state_cache_bytes={trunk: lane.state_cache_bytes for trunk, lane in lanes.items()},
            fused_bytes={trunk: lane.fused_bytes for trunk, lane in lanes.items()},
        )

    # --- the end

    def refuse(self) -> None:
        """Take no more requests, which turns readiness to false; those in flight go on."""
        self._dispatcher.refuse()

    def close(self, drain: bool = True) -> None:
        """Take no more requests, finish those in flight (or fail them, without `drain`), end the threads.

        Blocks; from an event loop whose requests are in flight, await `aclose` instead.
        """
        self.refuse()
        if self._refresher:
            self._refresher.close()
        if drain:
            self._dispatcher.wait(self.settings.deadline_seconds)
        self._loaders.shutdown(wait=True, cancel_futures=not drain)
        self._tokenisers.shutdown(wait=True)
        for loaded in self._deployment.loaded().values():
            if isinstance(loaded.reader, VersionReader) and loaded.reader.writer is not None:
                loaded.reader.writer.close()
        for lane in self._deployment.lanes().values():
            lane.close(drain)
        self._decoders.close()

    async def aclose(self, drain: bool = True) -> None:
        self.refuse()
        await asyncio.to_thread(self.close, drain)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _choose(self) -> Backend:
        if self._backend or self.settings.backend != "auto":
            return self._backend or select.choose(self.settings, self._catalog)
        served, catalog = self._deployment, self._catalog
        trunks, measured = served.trunks_at_once(), served.measured_at_once()
        return auto.choose(self.settings, trunks, catalog.trunk_folder, measured, catalog)

    def _make_lane(self, stem: Stem, tokenizer: Tokenizer) -> Lane:
        return Lane(stem, tokenizer, self.settings, self._stats, self._decoders)
