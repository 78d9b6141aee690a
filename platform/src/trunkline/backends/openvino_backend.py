"""The fast backend of the CPU: OpenVINO, on graphs that are made of the PyTorch modules once and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from trunkline.backends.backend import Branch, Stem
from trunkline.backends.borrowed_decoder import borrowed_decoder
from trunkline.backends.calibration import Calibration
from trunkline.backends.linear import LinearBranch
from trunkline.backends.openvino_branch import OpenVinoBranch
from trunkline.backends.openvino_core import computes_bf16, options, ov, save
from trunkline.backends.openvino_decoder import STEP, OpenVinoDecoder, saved
from trunkline.backends.openvino_making import Conversion, Maker
from trunkline.backends.openvino_quantization import Quantization
from trunkline.backends.openvino_stem import OpenVinoStem
from trunkline.backends.passing import PassingBranch
from trunkline.backends.piece import Piece, PieceCache, branch_facts, fitting
from trunkline.backends.pieces import NoPieces, Pieces
from trunkline.contract.decoder_task import DecoderTask
from trunkline.contract.generation import StepDecoder
from trunkline.contract.head_task import HeadTask
from trunkline.errors import EnvironmentFault, InvalidInput
from trunkline.progress import Progress
from trunkline.records import TrunkInfo, Version
from trunkline.store.pieces import DECODER

FORMAT = 2
"""Of a decoder's graphs: a higher one where they are made, or run, in another way, so that those kept are made anew."""
STEP_GRAPH = f"{STEP}.xml"
DYNAMIC = {"DYNAMIC_QUANTIZATION_GROUP_SIZE": 128}
"""What meets int8 weights is rounded to int8 as well, each 128 numbers of a row with a scale of their own: a step of 64
rows of OPUS-MT's size takes 0.8 of the time that it takes in bf16 with the same weights."""
KINDS = {"fp32": "openvino/float", "bf16": "openvino/float", "int8": "openvino/int8"}
"""The kind of piece that a precision runs on, as the registry names it: fp32 and bf16 share one graph."""


class OpenVinoBackend:
    """Runs pieces with OpenVINO on the CPU, in fp32, bf16 or int8 (the rest in bf16 where the CPU has it).

    A graph is taken from `pieces`; where they have none that fits, it is made and kept under `cache`. Making one
    takes some seconds and needs torch; running one does not. In int8 it takes a `calibration` besides.
    """

    name = "openvino"

    def __init__(
        self,
        cache: Path,
        precision: str | None = None,
        threads: int | None = None,
        pieces: Pieces | None = None,
        calibration: Calibration | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Compute in `precision`; None: in bf16 where the CPU multiplies in it, else in fp32.

        Raises `InvalidInput` for a precision that the backend has not, `EnvironmentFault` for one that the CPU has
        not, `MissingExtra` for a calibration without the library that makes use of it.
        """
        self._core = ov.Core()
        native = computes_bf16(self._core)
        self.precision = precision or ("bf16" if native else "fp32")
        if self.precision not in KINDS:
            raise InvalidInput(f"the openvino backend computes in {', '.join(KINDS)}, not in {precision!r}")
        if self.precision == "bf16" and not native:
            raise EnvironmentFault("this CPU does not multiply in bf16: take precision fp32")
        self._maker: Maker = Quantization(calibration, progress) if self.precision == "int8" else Conversion()
        self._kind = KINDS[self.precision]
        self._pieces = pieces or NoPieces()
        self._cache = PieceCache(cache / "openvino")
        floats = ("bf16" if native else "fp32") if self.precision == "int8" else self.precision
        self._options = options(floats, threads)

    def load_stem(self, folder: Path, info: TrunkInfo) -> OpenVinoStem:
        kept = self._pieces.trunk_piece(info.id, self._kind)
        piece = self._piece(f"trunk {info.name}", kept, {"trunk": info.id}, lambda: self._maker.stem(folder, info))
        return OpenVinoStem(self._core, piece, info, folder, self._options)

    def load_branch(self, stem: Stem, version: Version, weights: Path, task: HeadTask[Any, Any, Any]) -> Branch:
        assert isinstance(stem, OpenVinoStem)  # the protocol's word: a stem that this backend loaded
        if plain := LinearBranch.of(version, weights, task) or PassingBranch.of(version, task):
            stem.prepare(plain.fork_layer)
            return plain
        made_of = {**branch_facts(version, weights), **self._maker.follows(stem)}
        kept = self._pieces.version_piece(version, self._kind)
        piece = self._piece(version.reference, kept, made_of, lambda: self._maker.branch(stem, version, weights, task))
        branch = OpenVinoBranch(stem.runners.read(piece.files), stem.runners, version.branch)
        for layer in branch.reads:
            stem.prepare(layer)
        return branch

    def load_decoder(
        self, version: Version, weights: Path, task: DecoderTask[Any, Any, Any], width: int
    ) -> StepDecoder:
        kind = self._kind + DECODER
        kept = self._pieces.version_piece(version, kind)
        facts = {**branch_facts(version, weights), "kind": kind, "openvino": ov.__version__, "format": FORMAT}

        def make(folder: Path) -> None:
            saved(self._maker.decoder(version, weights, task, width), folder)

        piece = fitting(version.reference, kept, facts) or self._cache.get(facts, make)
        if STEP_GRAPH not in piece.files:  # its task gives no modules to convert
            return borrowed_decoder(version, weights, task, width)
        return OpenVinoDecoder(
            self._core, piece.files, {**self._options, **(DYNAMIC if self.precision == "int8" else {})}
        )

    def _piece(
        self, owner: str, kept: Mapping[str, Path], made_of: Mapping[str, Any], make: Callable[[], ov.Model]
    ) -> Piece:
        """Give the piece that was kept of `owner`, if it follows from what would be taken today; else make it."""
        facts = {**made_of, **self._maker.facts, "kind": self._kind, "openvino": ov.__version__}
        found = fitting(owner, kept, facts)
        return found or self._cache.get(facts, lambda folder: save(make(), folder), self._maker.calibration)
