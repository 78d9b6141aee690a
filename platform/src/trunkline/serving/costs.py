"""What a pass of a stem costs on this machine, as a function of its shape: measured, then fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import numpy as np

from trunkline.backends.backend import Stem
from trunkline.trunk.batch import TokenBatch

SHAPES = ((1, 16), (1, 64), (8, 32), (16, 64))  # rows and length of the passes that are timed
TIMES = 3  # after one that makes the shape ready
HANDLING = 0.2  # milliseconds that handing states to a piece and its outputs on takes, about
SECONDS = 0.3  # after which no larger shape is timed


@dataclass(frozen=True, slots=True)
class Costs:
    """Milliseconds: `call` for each piece that a pass runs, `token` for each padded token and layer.

    The default is the ratio that a MiniLM has with OpenVINO in bf16 on a two-core Xeon; only ratios decide how
    batches are cut.
    """

    call: float = 2.0
    token: float = 0.004

    def of_passes(self, pieces: int, layers: float) -> tuple[float, float]:
        """Give what a pass costs and what each of its tokens does, where it runs `pieces` with so many layers."""
        return (self.call + HANDLING) * max(1, pieces), self.token * max(1, layers)


def measure(stem: Stem, layer: int) -> Costs:
    """Time passes of made-up tokens up to `layer`, from small to large, and fit what they cost.

    A slow stem is timed on few shapes: loading it must not take long.
    """
    shapes, took = [], []
    started = perf_counter()
    for rows, length in SHAPES:
        shape = (rows, min(length, stem.info.max_length))
        shapes.append(shape)
        took.append(1000 * _median_seconds(stem, *shape, layer))
        if len(shapes) > 1 and perf_counter() - started > SECONDS:
            break
    return fit(shapes, took, layer)


def fit(shapes: Sequence[tuple[int, int]], milliseconds: Sequence[float], layers: int) -> Costs:
    """Fit by least squares of the relative error, so that small passes count as much as large ones.

    A call comes out as dear as 16 tokens at least: a machine that is busy while this runs must not make it free.
    """
    took = np.asarray(milliseconds, dtype=np.float64)
    tokens = np.array([rows * length for rows, length in shapes], dtype=np.float64)
    rows_of = np.stack([np.ones_like(tokens), tokens], axis=1) / took[:, None]
    (call, token), *_ = np.linalg.lstsq(rows_of, np.ones_like(took), rcond=None)
    token = max(float(token), 0.01 * float((took / tokens).min()))
    return Costs(max(float(call), 16 * token), token / layers)


def _median_seconds(stem: Stem, rows: int, length: int, layer: int) -> float:
    known = int(stem.info.config.get("vocab_size") or 1)
    ids = np.arange(rows * length, dtype=np.int64).reshape(rows, length) % known
    batch = TokenBatch(ids, np.zeros_like(ids), np.ones(ids.shape, dtype=np.bool_))
    times = []
    for _ in range(1 + TIMES):
        started = perf_counter()
        stem.advance(stem.embed(batch), layer).raw()
        times.append(perf_counter() - started)
    return median(times[1:])
