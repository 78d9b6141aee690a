"""What a reader made of inputs, before it is decoded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from trunkline.contract.outputs import Outputs
from trunkline.trunk.inputs import Encoded
from trunkline.trunk.windows import Window


@dataclass(slots=True, eq=False)
class Computed:
    """One input, and a reader's outputs of each of its windows, without the rows' axis."""

    encoded: Encoded
    windows: Sequence[Window]
    parts: Sequence[Outputs]


class Alone(Sequence[Computed]):
    """Inputs of one window each that ran together: as a sequence one by one, or all of their `outputs`, rows first."""

    def __init__(self, encoded: Sequence[Encoded], windows: Sequence[Sequence[Window]], outputs: Outputs) -> None:
        self.encoded = encoded
        self.windows = windows
        self.outputs = outputs

    def __len__(self) -> int:
        return len(self.encoded)

    @overload
    def __getitem__(self, place: int) -> Computed: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Computed]: ...
    def __getitem__(self, place: int | slice) -> Computed | Sequence[Computed]:
        if isinstance(place, slice):
            return [self[index] for index in range(len(self))[place]]
        outputs = {name: array[place] for name, array in self.outputs.items()}
        return Computed(self.encoded[place], self.windows[place], [outputs])

    def __iter__(self) -> Iterator[Computed]:
        return (self[place] for place in range(len(self)))
