"""The number formats in which states are kept, and the way there and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trunkline.errors import InvalidInput

Name = Literal["bf16", "fp16", "fp32"]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How fp32 numbers are written, and read again."""

    name: Name
    bytes: int  # of one number
    stored: type[np.generic]  # what numpy calls it on disk
    narrow: Callable[[Floats], NDArray[Any]]
    widen: Callable[[NDArray[Any]], Floats]


def to_bf16(values: Floats) -> NDArray[np.uint16]:
    """Give the upper halves of fp32 numbers, rounded to the nearest, to even where two are as near.

    numpy has no bfloat16: the halves are kept as uint16. A number above the largest bfloat16 becomes infinite.
    """
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    odd = (bits >> np.uint32(16)) & np.uint32(1)
    return ((bits + np.uint32(0x7FFF) + odd) >> np.uint32(16)).astype(np.uint16)


def from_bf16(halves: NDArray[np.uint16]) -> Floats:
    """Give the fp32 numbers whose upper halves these are; exact."""
    return (halves.astype(np.uint32) << np.uint32(16)).view(np.float32)


def _to_fp16(values: Floats) -> NDArray[np.float16]:
    with np.errstate(over="ignore"):  # `kept` refuses what became infinite
        return values.astype(np.float16)


FORMATS: Mapping[str, NumberFormat] = {
    one.name: one
    for one in (
        NumberFormat("bf16", 2, np.uint16, to_bf16, from_bf16),
        NumberFormat("fp16", 2, np.float16, _to_fp16, lambda kept: kept.astype(np.float32)),
        NumberFormat("fp32", 4, np.float32, lambda values: values, lambda kept: kept),
    )
}


def format_named(name: str) -> NumberFormat:
    """Find a format. Raises `InvalidInput` for a name that is none."""
    if name not in FORMATS:
        raise InvalidInput(f"states are kept in {', '.join(FORMATS)}: {name!r} is none of them")
    return FORMATS[name]


def kept(values: Floats, format_: NumberFormat) -> NDArray[Any]:
    """Narrow states. Raises `InvalidInput` where one is not finite, or too large for the format."""
    narrow = format_.narrow(values)
    if not np.isfinite(values).all() or not np.isfinite(format_.widen(narrow)).all():
        largest = float(np.abs(values).max())
        raise InvalidInput(
            f"a state of {largest:.3g} cannot be kept in {format_.name}; bf16 and fp32 hold any finite one"
        )
    return narrow
