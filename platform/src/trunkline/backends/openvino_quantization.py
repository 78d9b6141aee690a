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
from trunkline.contract.decoder_task import DecoderTask
from trunkline.contract.head_task import HeadTask
from trunkline.errors import MissingExtra, NotMeasured
from trunkline.progress import Progress, Silent
from trunkline.records import TrunkInfo, Version
from trunkline.trunk.batch import TokenBatch

Inputs = Callable[[TokenBatch], Mapping[str, NDArray[Any]]]
PASSES = 2
"""How often NNCF 3 runs the calibration texts: to smooth the ranges, and to find them."""


class Quantization:
    """Makes graphs in int8 while a version is compiled; a server never does, since what it made was not measured."""

    facts: Mapping[str, Any] = {"weights": "half range"}

    def __init__(self, calibration: Calibration | None, progress: Progress | None = None) -> None:
        """Quantize on `calibration`, which may take minutes: `progress` is told; None: refuse to.

        Raises `MissingExtra` where NNCF is wanted and absent.
        """
        if calibration is not None and find_spec("nncf") is None:
            raise MissingExtra.needed("quantizing to int8", "compile")
        self.calibration = calibration
        self._progress = progress or Silent()

    def stem(self, folder: Path, info: TrunkInfo) -> ov.Model:
        name = f"the stem of trunk {info.name}"
        batches = self._texts(name, "MODEL").batches(folder)
        return self._quantized(name, Conversion().stem(folder, info), batches, _tokens)

    def branch(self, stem: OpenVinoStem, version: Version, weights: Path, task: HeadTask[Any, Any, Any]) -> ov.Model:
        batches = self._texts(version.reference, version.reference).batches(stem.folder)
        graph, layers = Conversion().branch(stem, version, weights, task), layers_read(version.branch)
        return self._quantized(version.reference, graph, batches, lambda batch: _states(stem, layers, batch))

    def decoder(
        self, version: Version, weights: Path, task: DecoderTask[Any, Any, Any], width: int
    ) -> Mapping[str, ov.Model]:
        """Give weights alone in int8, a scale for each of their rows; what they meet is quantized as it comes."""
        self._texts(version.reference, version.reference)
        graphs = Conversion().decoder(version, weights, task, width)
        return {part: _compressed(graph) for part, graph in graphs.items()}

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

    def _quantized(self, name: str, graph: ov.Model, batches: Sequence[TokenBatch], inputs: Inputs) -> ov.Model:
        """Quantize, and tell how many texts were run."""
        self._progress.say(f"quantizing {name} on {len(batches)} texts")
        with self._progress.track(f"quantizing {name}", PASSES * len(batches)) as done:

            def counted(batch: TokenBatch) -> Mapping[str, NDArray[Any]]:
                done(1)
                return inputs(batch)

            return _quantized(graph, batches, counted)


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


def _quantized(graph: ov.Model, batches: Sequence[TokenBatch], inputs: Inputs) -> ov.Model:
    """Quantize weights and activations, these in the ranges that they take on `batches`.

    Not the fused attention: with its queries and keys quantized, OpenVINO 2026.4 computes padded rows wrongly where
    the rest is in bf16 (MiniLM's states at layer 3: 0.23 from fp32's relative to their norm, 0.06 without).

    Weights take half the range of int8: a CPU without VNNI adds two products of 8 bits in 16, which would overflow (a
    tiny BERT lost a quarter of its tags so), and what was measured on one CPU is served on others.
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
            advanced_parameters=nncf.AdvancedQuantizationParameters(overflow_fix=nncf.OverflowFix.ENABLE),
            ignored_scope=nncf.IgnoredScope(types=["ScaledDotProductAttention"], validate=False),
        )


def _compressed(graph: ov.Model) -> ov.Model:
    with _quiet():
        import nncf

        logging.getLogger("nncf").setLevel(logging.ERROR)
        return nncf.compress_weights(graph, mode=nncf.CompressWeightsMode.INT8_SYM)


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
