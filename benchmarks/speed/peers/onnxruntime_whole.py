"""Peer: whole models in ONNX Runtime, fp32 or dynamically quantised to int8 as its documents recommend."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import onnxruntime
from numpy.typing import NDArray

from benchmarks.speed.peers.batches import Batch
from benchmarks.speed.peers.looping import Looping


class OnnxRuntimeWhole(Looping):
    def open(self, folder: Path, precision: str = "int8") -> Any:
        return onnxruntime.InferenceSession(str(_graph(folder, precision)), providers=["CPUExecutionProvider"])

    def logits(self, model: Any, batch: Batch) -> NDArray[Any]:
        feed = {"ids": batch.ids, "mask": batch.mask, "type_ids": batch.type_ids}
        return model.run(None, feed)[0]  # type: ignore[no-any-return]


def _graph(folder: Path, precision: str) -> Path:
    """Give the exported graph, made once."""
    made = folder / f"graph-{precision}.onnx"
    if not made.is_file():
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            exact = _exported(folder, Path(scratch) / "fp32.onnx")
            shutil.move(_quantized(exact) if precision == "int8" else exact, made)
    return made


def _exported(folder: Path, file: Path) -> Path:
    import torch

    from benchmarks.speed.peers.whole_module import Whole, example

    names = ["ids", "mask", "type_ids"]
    axes = {name: {0: "rows", 1: "length"} for name in names}
    module = Whole.load(folder, "eager")
    torch.onnx.export(
        module, example(), file, input_names=names, output_names=["logits"], dynamic_axes=axes, dynamo=False
    )
    return file


def _quantized(exact: Path) -> Path:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    file = exact.with_name("int8.onnx")
    quantize_dynamic(exact, file, weight_type=QuantType.QInt8)
    return file


if __name__ == "__main__":
    OnnxRuntimeWhole().serve()
