"""Values of one tensor in a Marian model: 32-bit numbers as they are, intgemm's integers divided by their multiplier.

intgemm writes round(value * multiplier) in 8 or 16 bits, the multiplier in 32 bits behind the last of them. Matrices
that Marian multiplies with are written transposed, embeddings are not; the same on every processor. After
`src/tensors/cpu/expression_graph_packable.h` of Marian as Bergamot has it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkline import InvalidInput

FLOAT32 = 0x0404
QUANTISED = {0x4101: "<i1", 0x4102: "<i2"}  # intgemm8, intgemm16
EMBEDDING = "Wemb"


@dataclass(frozen=True)
class Item:
    """One tensor as it lies in the file, padding behind its data included."""

    name: str
    kind: int
    shape: tuple[int, ...]
    data: memoryview

    def values(self, path: Path) -> NDArray[np.float32]:
        """Give the numbers in float32.

        Raises `InvalidInput` for a type that is not supported, too few bytes for the shape, and values not finite.
        """
        if self.kind == FLOAT32:
            values = self._numbers("<f4", 0, path)[0].astype(np.float32).reshape(self.shape)
        elif self.kind in QUANTISED:
            values = self._dequantised(QUANTISED[self.kind], path)
        else:
            raise InvalidInput(
                f"{path}: {self.name} has Marian's type {self.kind:#06x}; 32-bit numbers ({FLOAT32:#06x}), intgemm8 "
                "and intgemm16 are read. A model that was packed for one processor is not: take the portable one"
            )
        if not np.isfinite(values).all():
            raise InvalidInput(f"{path}: {self.name} holds values that are not finite: the file is damaged")
        return values

    def _dequantised(self, form: str, path: Path) -> NDArray[np.float32]:
        numbers, tail = self._numbers(form, 4, path)
        (multiplier,) = np.frombuffer(tail, "<f4")
        if not (math.isfinite(multiplier) and multiplier > 0):
            raise InvalidInput(f"{path}: {self.name} is quantised with the multiplier {multiplier}: it must be above 0")
        if EMBEDDING in self.name:
            whole = numbers.reshape(self.shape)
        else:
            whole = numbers.reshape(self.shape[-1], -1).T.reshape(self.shape)
        with np.errstate(over="ignore"):  # what overflows is told by `values`
            exact: NDArray[np.float32] = np.divide(whole, multiplier, dtype=np.float32)
        return exact

    def _numbers(self, form: str, tail: int, path: Path) -> tuple[NDArray[Any], memoryview]:
        count = math.prod(self.shape)
        size = count * np.dtype(form).itemsize
        if size + tail > len(self.data):
            raise InvalidInput(
                f"{path} is no whole Marian model: {self.name} of shape {self.shape} needs {size + tail} bytes and has "
                f"{len(self.data)}; fetch the file again"
            )
        return np.frombuffer(self.data[:size], form), self.data[size : size + tail]
