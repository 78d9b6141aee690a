"""The fast backend of the CPU: OpenVINO, on graphs that are converted from the PyTorch modules once and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from trunkline.backends.backend import Stem
from trunkline.backends.graph_cache import GraphCache
from trunkline.backends.openvino_branch import OpenVinoBranch
from trunkline.backends.openvino_core import HINTS, Runner, computes_bf16, options, ov
from trunkline.backends.openvino_stem import OpenVinoStem
from trunkline.contract.head_task import HeadTask
from trunkline.errors import EnvironmentFault, InvalidInput, MissingExtra
from trunkline.records import TrunkInfo, Version
from trunkline.store.blobs import sha256_of

GRAPH = "graph.xml"  # its weights beside it, in graph.bin


class OpenVinoBackend:
    """Runs pieces with OpenVINO on the CPU, in fp32 or bf16.

    Converting a piece takes some seconds and needs torch; once its graph lies under `cache`, nothing here does.
    """

    name = "openvino"

    def __init__(self, cache: Path, precision: str | None = None, threads: int | None = None) -> None:
        """Compute in `precision`; None: in bf16 where the CPU multiplies in it, else in fp32.

        Raises `InvalidInput` for a precision that the backend has not, `EnvironmentFault` for one that the CPU has not.
        """
        self._core = ov.Core()
        native = computes_bf16(self._core)
        self.precision = precision or ("bf16" if native else "fp32")
        if self.precision not in HINTS:
            raise InvalidInput(f"the openvino backend computes in fp32 or bf16, not in {precision!r}")
        if self.precision == "bf16" and not native:
            raise EnvironmentFault("this CPU does not multiply in bf16: take precision fp32")
        self._graphs = GraphCache(cache / "openvino")
        self._options = options(self.precision, threads)

    def load_stem(self, folder: Path, info: TrunkInfo) -> OpenVinoStem:
        graph = self._graph({"trunk": info.id}, lambda: _converted_stem(folder))
        return OpenVinoStem(self._core, graph, info, folder, self._options)

    def load_branch(self, stem: Stem, version: Version, weights: Path, task: HeadTask[Any, Any, Any]) -> OpenVinoBranch:
        assert isinstance(stem, OpenVinoStem)  # the protocol's word: a stem that this backend loaded
        about = {
            "trunk": version.trunk_id,
            "branch": version.branch.model_dump(mode="json"),
            "weights": sha256_of(weights),
            "task": version.task,
            "head": version.head_config,
        }
        graph = self._graph(about, lambda: _converted_branch(stem.folder, version, weights, task))
        branch = OpenVinoBranch(Runner(self._core, graph, self._options), version.branch)
        for layer in branch.reads:
            stem.prepare(layer)
        return branch

    def _graph(self, about: Mapping[str, Any], convert: Callable[[], ov.Model]) -> ov.Model:
        def write(folder: Path) -> None:
            ov.save_model(convert(), folder / GRAPH, compress_to_fp16=False)

        return self._core.read_model(self._graphs.get({**about, "openvino": ov.__version__}, write) / GRAPH)


def _converted_stem(folder: Path) -> ov.Model:
    _needs_torch()
    from trunkline.backends.openvino_conversion import stem_graph
    from trunkline.trunk.encoder import Encoder

    return stem_graph(Encoder.load(folder))


def _converted_branch(folder: Path, version: Version, weights: Path, task: HeadTask[Any, Any, Any]) -> ov.Model:
    _needs_torch()
    from trunkline.backends.openvino_conversion import branch_graph
    from trunkline.trunk.branch import BranchModule
    from trunkline.trunk.encoder import Encoder

    encoder = Encoder.load(folder)
    module = BranchModule(encoder, version.branch, task.build_head(version.head_config, encoder.width))
    module.load_weights(weights)
    return branch_graph(module.eval(), encoder)


def _needs_torch() -> None:
    if not all(find_spec(name) for name in ("torch", "transformers")):
        raise MissingExtra.needed("converting a model for OpenVINO", "torch")
