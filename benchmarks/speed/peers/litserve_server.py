"""Peer: LitServe around a whole model compiled by OpenVINO, with its own dynamic batching."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import litserve
import numpy as np
import openvino as ov
from tokenizers import Tokenizer

from benchmarks.speed.peers.answers import read

MOST_ROWS = 32
WAIT = 0.005  # seconds that a batch waits for more
MULTIPLE = 8


class Whole(litserve.LitAPI):  # type: ignore[misc]  # litserve is read as untyped
    """One text a request; requests in flight share batches."""

    def setup(self, device: str) -> None:
        folder = Path(sys.argv[1])
        self.head = json.loads((folder / "head.json").read_text())
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_padding(pad_to_multiple_of=MULTIPLE)
        self.tokenizer.enable_truncation(self.head["max_length"])
        hints = {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "bf16"}
        self.model = ov.Core().compile_model(folder / "graph.xml", "CPU", hints).create_infer_request()

    def decode_request(self, request):  # type: ignore[no-untyped-def]  # it takes JSON where nothing is annotated
        return request["text"]

    def batch(self, inputs: list[str]) -> list[str]:
        return inputs

    def predict(self, texts: list[str]) -> list[Any]:
        found = self.tokenizer.encode_batch(texts)
        ids, mask, type_ids = (
            np.array([getattr(one, part) for one in found], dtype=np.int64)
            for part in ("ids", "attention_mask", "type_ids")
        )
        self.model.infer({"ids": ids, "mask": mask, "type_ids": type_ids})
        logits = self.model.get_output_tensor(0).data
        return [read(self.head, row, encoding) for row, encoding in zip(logits, found, strict=True)]

    def unbatch(self, output: list[Any]) -> list[Any]:
        return output

    def encode_response(self, output: Any) -> dict[str, Any]:
        return {"label": output[0], "score": output[1]}


if __name__ == "__main__":
    api = Whole(max_batch_size=MOST_ROWS, batch_timeout=WAIT)
    litserve.LitServer(api, accelerator="cpu", workers_per_device=1).run(
        host="127.0.0.1", port=int(sys.argv[2]), generate_client_file=False, log_level="warning"
    )
