"""The portable backend: ONNX Runtime, on graphs that are converted from the PyTorch modules once and kept."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from trunkline.backends.backend import Stem
from trunkline.backends.graph_cache import GraphCache
from trunkline.backends.onnxruntime_branch import OnnxRuntimeBranch
from trunkline.backends.onnxruntime_session import Session, graph_in
from trunkline.backends.onnxruntime_stem import OnnxRuntimeStem
from trunkline.contract.head_task import HeadTask
from trunkline.errors import InvalidInput, MissingExtra
from trunkline.records import TrunkInfo, Version
from trunkline.store.blobs import sha256_of

FORMAT = 1
"""Of the graphs: a higher one where they are converted in another way, so that those kept are made anew."""


class OnnxRuntimeBackend:
    """Runs pieces with ONNX Runtime on the CPU, in fp32, or with linear layers in int8.

    In int8 one scale holds for all that a layer reads in a pass, so an answer moves a little with the texts that
    share its batch. Converting a piece takes some seconds and needs torch and onnx; once its graphs lie under
    `cache`, nothing here does.
    """

    name = "onnxruntime"

    def __init__(self, cache: Path, precision: str | None = None, threads: int | None = None) -> None:
        """Compute in `precision`; None: in fp32. Raises `InvalidInput` for one that the backend has not."""
        self.precision = precision or "fp32"
        if self.precision not in ("fp32", "int8"):
            raise InvalidInput(f"the onnxruntime backend computes in fp32 or int8, not in {precision!r}")
        self._graphs = GraphCache(cache / self.name)
        self._threads = threads

    def load_stem(self, folder: Path, info: TrunkInfo) -> OnnxRuntimeStem:
        def write(graphs: Path) -> None:
            _write_stem(folder, graphs, self.precision)

        graphs = self._graphs.get(self._about(trunk=info.id), write)
        return OnnxRuntimeStem(graphs, info, folder, self._threads)

    def load_branch(
        self, stem: Stem, version: Version, weights: Path, task: HeadTask[Any, Any, Any]
    ) -> OnnxRuntimeBranch:
        assert isinstance(stem, OnnxRuntimeStem)  # the protocol's word: a stem that this backend loaded

        def write(graphs: Path) -> None:
            _write_branch(stem.folder, graphs, self.precision, version, weights, task)

        about = self._about(
            trunk=version.trunk_id,
            branch=version.branch.model_dump(mode="json"),
            weights=sha256_of(weights),
            task=version.task,
            head=version.head_config,
        )
        graph = graph_in(self._graphs.get(about, write), "branch")
        branch = OnnxRuntimeBranch(Session(graph, self._threads), version.branch)
        stem.prepare(branch.fork_layer)
        return branch

    def _about(self, **facts: Any) -> dict[str, Any]:
        return {**facts, "precision": self.precision, "format": FORMAT}


def _write_stem(folder: Path, graphs: Path, precision: str) -> None:
    _needs_converter()
    from trunkline.backends.onnxruntime_conversion import write_stem
    from trunkline.trunk.encoder import Encoder

    write_stem(Encoder.load(folder), graphs, precision)


def _write_branch(
    folder: Path, graphs: Path, precision: str, version: Version, weights: Path, task: HeadTask[Any, Any, Any]
) -> None:
    _needs_converter()
    from trunkline.backends.onnxruntime_conversion import write_branch
    from trunkline.trunk.branch import BranchModule
    from trunkline.trunk.encoder import Encoder

    encoder = Encoder.load(folder)
    module = BranchModule(encoder, version.branch, task.build_head(version.head_config, encoder.width))
    module.load_weights(weights)
    write_branch(module.eval(), encoder, graphs, precision)


def _needs_converter() -> None:
    for extra, packages in {"torch": ("torch", "transformers"), "onnxruntime": ("onnx",)}.items():
        if not all(find_spec(name) for name in packages):
            raise MissingExtra.needed("converting a model for ONNX Runtime", extra)
