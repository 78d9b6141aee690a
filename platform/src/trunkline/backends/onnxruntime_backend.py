"""The portable backend: ONNX Runtime, on graphs that are converted from the PyTorch modules once and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from trunkline.backends.backend import Branch, Stem
from trunkline.backends.borrowed_decoder import borrowed_decoder
from trunkline.backends.linear import LinearBranch
from trunkline.backends.onnxruntime_branch import OnnxRuntimeBranch
from trunkline.backends.onnxruntime_session import Session, graph
from trunkline.backends.onnxruntime_stem import OnnxRuntimeStem
from trunkline.backends.passing import PassingBranch
from trunkline.backends.piece import Piece, PieceCache, branch_facts, fitting
from trunkline.backends.pieces import NoPieces, Pieces
from trunkline.contract.decoder_task import DecoderTask, served_head
from trunkline.contract.generation import StepDecoder
from trunkline.contract.head_task import HeadTask
from trunkline.errors import InvalidInput, MissingExtra
from trunkline.records import TrunkInfo, Version

FORMAT = 1
"""Of the graphs: a higher one where they are converted in another way, so that those kept are made anew."""


class OnnxRuntimeBackend:
    """Runs pieces with ONNX Runtime on the CPU, in fp32, or with linear layers in int8.

    In int8 one scale holds for all that a layer reads in a pass, so an answer moves a little with the texts that
    share its batch. A graph is taken from `pieces`; where they have none that fits, it is made and kept under `cache`:
    that takes some seconds and needs torch and onnx, running one does not.
    """

    name = "onnxruntime"

    def __init__(
        self,
        cache: Path,
        precision: str | None = None,
        threads: int | None = None,
        pieces: Pieces | None = None,
    ) -> None:
        """Compute in `precision`; None: in fp32. Raises `InvalidInput` for one that the backend has not."""
        self.precision = precision or "fp32"
        if self.precision not in ("fp32", "int8"):
            raise InvalidInput(f"the onnxruntime backend computes in fp32 or int8, not in {precision!r}")
        self._kind = f"{self.name}/{self.precision}"
        self._pieces = pieces or NoPieces()
        self._cache = PieceCache(cache / self.name)
        self._threads = threads

    def load_stem(self, folder: Path, info: TrunkInfo) -> OnnxRuntimeStem:
        def write(graphs: Path) -> None:
            _write_stem(folder, graphs, self.precision)

        kept = self._pieces.trunk_piece(info.id, self._kind)
        piece = self._piece(f"trunk {info.name}", kept, {"trunk": info.id}, write)
        return OnnxRuntimeStem(piece.files, info, folder, self._threads)

    def load_branch(self, stem: Stem, version: Version, weights: Path, task: HeadTask[Any, Any, Any]) -> Branch:
        assert isinstance(stem, OnnxRuntimeStem)  # the protocol's word: a stem that this backend loaded
        if plain := LinearBranch.of(version, weights, task) or PassingBranch.of(version, task):
            stem.prepare(plain.fork_layer)
            return plain

        def write(graphs: Path) -> None:
            _write_branch(stem.folder, graphs, self.precision, version, weights, task)

        kept = self._pieces.version_piece(version, self._kind)
        piece = self._piece(version.reference, kept, branch_facts(version, weights), write)
        branch = OnnxRuntimeBranch(Session(piece.files[graph("branch")], self._threads), version.branch)
        stem.prepare(branch.fork_layer)
        return branch

    def load_decoder(
        self, version: Version, weights: Path, task: DecoderTask[Any, Any, Any], width: int
    ) -> StepDecoder:
        return borrowed_decoder(version, weights, task, width)

    def _piece(
        self, owner: str, kept: Mapping[str, Path], made_of: Mapping[str, Any], write: Callable[[Path], None]
    ) -> Piece:
        """Give the piece that was kept of `owner`, if it follows from what would be taken today; else make it."""
        facts = {**made_of, "kind": self._kind, "format": FORMAT}
        return fitting(owner, kept, facts) or self._cache.get(facts, write)


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
    module = BranchModule(encoder, version.branch, served_head(task, version.head_config, encoder.width))
    module.load_weights(weights)
    write_branch(module.eval(), encoder, graphs, precision)


def _needs_converter() -> None:
    for extra, packages in {"torch": ("torch", "transformers"), "onnxruntime": ("onnx",)}.items():
        if not all(find_spec(name) for name in packages):
            raise MissingExtra.needed("converting a model for ONNX Runtime", extra)
