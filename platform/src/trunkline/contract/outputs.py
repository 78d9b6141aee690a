"""What heads compute: arrays by name, of one input or of many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

Outputs = Mapping[str, NDArray[np.float32]]  # one input's outputs: text (...), token (n, ...)


class OutputRows(Sequence[Outputs]):
    """The outputs of many inputs that came as one array each, the inputs first; a sequence of each input's."""

    def __init__(self, arrays: Outputs) -> None:
        """Take arrays of the same length, one at least."""
        self.arrays = arrays

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values())))

    @overload
    def __getitem__(self, place: int) -> Outputs: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Outputs]: ...
    def __getitem__(self, place: int | slice) -> Outputs | Sequence[Outputs]:
        if isinstance(place, slice):
            return OutputRows({name: array[place] for name, array in self.arrays.items()})
        return {name: array[place] for name, array in self.arrays.items()}


def stacked(outputs: Sequence[Outputs], name: str) -> NDArray[np.float32]:
    """Give one output of many inputs, which has the same shape in all, as one array, inputs first.

    Costs nothing where they were computed together.
    """
    if isinstance(outputs, OutputRows):
        return outputs.arrays[name]
    return np.stack([one[name] for one in outputs])
