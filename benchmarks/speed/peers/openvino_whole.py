"""Peer: whole models compiled by OpenVINO, in bf16, fp32, or int8 by NNCF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from tokenizers import Tokenizer

from benchmarks.speed.peers.batches import Batch, batches
from benchmarks.speed.peers.looping import Looping

HINTS = {"fp32": "f32", "bf16": "bf16", "int8": "bf16"}  # what int8 leaves is computed in bf16
CALIBRATION = 128  # texts


class OpenVinoWhole(Looping):
    def open(self, folder: Path, precision: str = "bf16", calibration: str = "") -> Any:
        """Compile a folder's graph; `calibration` is a file of texts, a line each, for int8."""
        core = ov.Core()
        graph = core.read_model(_quantized(core, folder, Path(calibration)) if precision == "int8" else _graph(folder))
        hints = {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": HINTS[precision]}
        return core.compile_model(graph, "CPU", hints).create_infer_request()

    def logits(self, model: Any, batch: Batch) -> NDArray[Any]:
        model.infer({"ids": batch.ids, "mask": batch.mask, "type_ids": batch.type_ids})
        return model.get_output_tensor(0).data  # type: ignore[no-any-return]


def _graph(folder: Path) -> Path:
    return folder / "graph.xml"


def _quantized(core: ov.Core, folder: Path, calibration: Path) -> Path:
    """Give the graph in int8, made once of the fp32 one with NNCF's scheme for transformers."""
    made = folder / "graph-int8.xml"
    if not made.is_file():
        import nncf

        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(128)
        texts = calibration.read_text(encoding="utf-8").split("\n")[:CALIBRATION]
        rows = [
            {"ids": batch.ids, "mask": batch.mask, "type_ids": batch.type_ids}
            for batch in batches(tokenizer, texts, range(len(texts)), {}, {"rows": 1})
        ]
        quantized = nncf.quantize(
            core.read_model(_graph(folder)),
            nncf.Dataset(rows),
            model_type=nncf.ModelType.TRANSFORMER,
            subset_size=len(rows),
        )
        ov.save_model(quantized, made, compress_to_fp16=False)
    return made


if __name__ == "__main__":
    np.seterr(all="ignore")
    OpenVinoWhole().serve()
