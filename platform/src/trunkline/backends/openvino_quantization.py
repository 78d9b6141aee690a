"""Graphs in int8: what was converted, quantized by NNCF on calibration texts."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from trunkline.backends.calibration import Calibration
from trunkline.backends.openvino_branch import layers_read
from trunkline.backends.openvino_core import ov, state
from trunkline.backends.openvino_making import Conversion
from trunkline.backends.openvino_stem import OpenVinoStem
from trunkline.contract.head_task import HeadTask
from trunkline.errors import MissingExtra, NotMeasured
from trunkline.records import TrunkInfo, Version
from trunkline.trunk.batch import TokenBatch


class Quantization:
    """Makes graphs in int8 while a version is compiled; a server never does, since what it made was not measured."""

    def __init__(self, calibration: Calibration | None) -> None:
        """Quantize on `calibration`; None: refuse to. Raises `MissingExtra` where NNCF is wanted and absent."""
        if calibration is not None and find_spec("nncf") is None:
            raise MissingExtra.needed("quantizing to int8", "compile")
        self.calibration = calibration

    def stem(self, folder: Path, info: TrunkInfo) -> ov.Model:
        texts = self._texts(f"the stem of trunk {info.name}", "MODEL")
        return _quantized(Conversion().stem(folder, info), texts.batches(folder), _tokens)

    def branch(self, stem: OpenVinoStem, version: Version, weights: Path, task: HeadTask[Any, Any, Any]) -> ov.Model:
        texts = self._texts(version.reference, version.reference)
        graph, layers = Conversion().branch(stem, version, weights, task), layers_read(version.branch)
        return _quantized(graph, texts.batches(stem.folder), lambda batch: _states(stem, layers, batch))

    def follows(self, stem: OpenVinoStem) -> Mapping[str, Any]:
        """A branch in int8 was calibrated and measured on the states of one stem alone."""
        return {"stem": stem.digest}

    def _texts(self, what: str, model: str) -> Calibration:
        if self.calibration is None:
            raise NotMeasured(
                f"{what} has no graph in int8 for OpenVINO {ov.__version__} here: first "
                f"trunkline compile {model} --backend openvino --precision int8"
            )
        return self.calibration


def _tokens(batch: TokenBatch) -> dict[str, NDArray[Any]]:
    return {"ids": batch.ids, "type_ids": batch.type_ids, "mask": batch.mask}


def _states(stem: OpenVinoStem, layers: Sequence[int], batch: TokenBatch) -> dict[str, NDArray[Any]]:
    """Give what a branch reads of `batch`: its mask, and the states at `layers`, in ascending order."""
    found: dict[str, NDArray[Any]] = {"mask": batch.mask}
    states = stem.embed(batch)
    for layer in layers:
        states = stem.advance(states, layer)
        found[state(layer)] = states.raw()
    return found


def _quantized(
    graph: ov.Model, batches: Sequence[TokenBatch], inputs: Callable[[TokenBatch], Mapping[str, NDArray[Any]]]
) -> ov.Model:
    """Quantize weights and activations, these in the ranges that they take on `batches`.

    Not the fused attention: with its queries and keys quantized, OpenVINO 2026.4 computes padded rows wrongly where
    the rest is in bf16 (MiniLM's states at layer 3: 0.23 from fp32's relative to their norm, 0.06 without).
    """
    with _quiet():
        import nncf

        logging.getLogger("nncf").setLevel(logging.ERROR)  # its own function sets the level of handlers, too
        data = nncf.Dataset(batches, inputs)
        return nncf.quantize(
            graph,
            data,
            model_type=nncf.ModelType.TRANSFORMER,
            subset_size=len(batches),
            ignored_scope=nncf.IgnoredScope(types=["ScaledDotProductAttention"], validate=False),
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """NNCF logs and draws bars on standard output, which is the command's own, and changes what loggers are made of."""
    import rich

    made_of, console = logging.getLoggerClass(), rich.get_console()
    before, console.quiet = console.quiet, True
    try:
        yield
    finally:
        logging.setLoggerClass(made_of)
        console.quiet = before
