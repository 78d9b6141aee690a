"""A vector in a message: four bytes a number in memory, a list of numbers in JSON."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainSerializer, PlainValidator, WithJsonSchema


def _checked(value: Any) -> array[float]:
    """Take numbers in any sequence. Raises `ValueError` for anything else."""
    if isinstance(value, array):
        return value
    try:
        return array("f", value)
    except TypeError as error:
        raise ValueError("a vector is a list of numbers") from error


Vector = Annotated[
    Sequence[float],
    PlainValidator(_checked),
    PlainSerializer(list, return_type=list[float]),
    WithJsonSchema({"type": "array", "items": {"type": "number"}}),
]


def packed(numbers: NDArray[np.float32]) -> array[float]:
    """Put an array (d,) as a message keeps it."""
    vector = array("f")
    vector.frombytes(np.ascontiguousarray(numbers, np.float32).tobytes())
    return vector


def unpacked(vector: Sequence[float]) -> NDArray[np.float32]:
    """Give a message's vector as an array (d,)."""
    return np.asarray(vector, dtype=np.float32)
