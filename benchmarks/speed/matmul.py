"""The machine's peak: the fastest large matrix product that two libraries reach, in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.speed.peers.protocol import serve

SIZE = 4096  # of square matrices: far larger than caches, as long as the weights' products are


def peak(repeats: int) -> dict[str, Any]:
    """Give the best floating-point operations a second of each library in bf16."""
    return {"torch": _best(_torch(), repeats), "openvino": _best(_openvino(), repeats)}


def _best(run: Callable[[], object], repeats: int) -> float:
    run()
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return 2 * SIZE**3 / min(taken)


def _torch() -> Callable[[], object]:
    import torch

    left, right = (torch.randn(SIZE, SIZE).to(torch.bfloat16) for _ in range(2))
    return lambda: left @ right


def _openvino() -> Callable[[], object]:
    import openvino as ov
    from openvino import opset13 as ops

    left = ops.parameter([SIZE, SIZE], np.float32)
    right = ops.constant(np.random.default_rng(0).standard_normal((SIZE, SIZE), dtype=np.float32))
    product = ops.matmul(left, right, False, True)
    hints = {"INFERENCE_PRECISION_HINT": "bf16", "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1}
    request = ov.Core().compile_model(ov.Model([product], [left]), "CPU", hints).create_infer_request()
    request.set_input_tensor(ov.Tensor(np.ones((SIZE, SIZE), dtype=np.float32)))
    return request.infer


if __name__ == "__main__":
    serve({"peak": peak})
