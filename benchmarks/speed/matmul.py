"""The machine's peak: the fastest large matrix product that two libraries reach, in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.speed.peers.protocol import serve

SIZE = 4096  # of square matrices: far larger than caches, as long as the weights' products are


def peak(repeats: int, size: int = SIZE, precision: str = "bf16") -> dict[str, Any]:
    """Give the best floating-point operations a second of each library, in "bf16" or "fp32"."""
    made = {"torch": _torch(size, precision), "openvino": _openvino(size, precision)}
    return {library: _best(run, repeats, size) for library, run in made.items()}


def _best(run: Callable[[], object], repeats: int, size: int) -> float:
    run()
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return 2 * size**3 / min(taken)


def _torch(size: int, precision: str) -> Callable[[], object]:
    import torch

    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    left, right = (torch.randn(size, size).to(kind) for _ in range(2))
    return lambda: left @ right


def _openvino(size: int, precision: str) -> Callable[[], object]:
    import openvino as ov
    from openvino import opset13 as ops

    left = ops.parameter([size, size], np.float32)
    right = ops.constant(np.random.default_rng(0).standard_normal((size, size), dtype=np.float32))
    product = ops.matmul(left, right, False, True)
    hints = {
        "INFERENCE_PRECISION_HINT": {"fp32": "f32"}.get(precision, precision),
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
    }
    request = ov.Core().compile_model(ov.Model([product], [left]), "CPU", hints).create_infer_request()
    request.set_input_tensor(ov.Tensor(np.ones((size, size), dtype=np.float32)))
    return request.infer


if __name__ == "__main__":
    serve({"peak": peak})
