"""CTranslate2 for versions that write: it runs encoder, decoder and search by itself, and the rest is torch's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ctranslate2

from trunkline.backends.ctranslate2_model import CTranslate2Model
from trunkline.backends.piece import PieceCache, branch_facts, fitting
from trunkline.backends.pieces import NoPieces, Pieces
from trunkline.backends.torch_backend import TorchBackend
from trunkline.contract.decoder_task import DecoderTask
from trunkline.contract.whole_model import WholeModel
from trunkline.errors import EnvironmentFault, InvalidInput
from trunkline.machine import cores
from trunkline.records import Version

FORMAT = 1
"""Of what is written of a model: a higher one where it is made in another way, so that those kept are made anew."""
COMPUTED = {"int8": ("int8", "int8"), "fp32": (None, "float32")}
"""What a precision's weights are stored as, and what it is computed in; int8 leaves all but products in float32."""


class CTranslate2Backend(TorchBackend):
    """Answers are written by CTranslate2, where it can follow; states, labels and all else is torch's in fp32.

    A model is taken from `pieces`; where they have none that fits, it is made and kept under `cache`.
    """

    name = "ctranslate2"

    def __init__(
        self, cache: Path, precision: str = "int8", threads: int | None = None, pieces: Pieces | None = None
    ) -> None:
        """Raises `InvalidInput` for a precision that it has not, `EnvironmentFault` for one that the CPU has not."""
        super().__init__("fp32", threads)
        if precision not in COMPUTED:
            raise InvalidInput(f"the ctranslate2 backend computes in {', '.join(COMPUTED)}, not in {precision!r}")
        if COMPUTED[precision][1] not in ctranslate2.get_supported_compute_types("cpu"):
            raise EnvironmentFault(f"CTranslate2 does not compute in {precision} on this CPU: take another precision")
        self.precision = precision
        self._threads = threads or cores()
        self._pieces = pieces or NoPieces()
        self._cache = PieceCache(cache / self.name)

    def load_whole(self, version: Version, weights: Path, task: DecoderTask[Any, Any, Any], folder: Path) -> WholeModel:
        """Load a version's model of encoder and decoder, over the trunk in `folder`.

        Raises `InvalidInput` for a version that CTranslate2 cannot run.
        """
        stored, computed = COMPUTED[self.precision]
        kind = f"{self.name}/{self.precision}"
        made_of = {
            **branch_facts(version, weights), "kind": kind, "ctranslate2": ctranslate2.__version__, "format": FORMAT,
        }  # fmt: skip

        def make(place: Path) -> None:
            from trunkline.backends.ctranslate2_conversion import convert

            convert(version, weights, task, folder, place, stored)

        kept = self._pieces.version_piece(version, kind)
        piece = fitting(version.reference, kept, made_of) or self._cache.get(made_of, make)
        return CTranslate2Model(piece.files, computed, self._threads)
