"""A decoder in a form that engines of graphs can convert: modules without a loop, a cache or a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

StateShape = tuple[int | None, ...]
"""What one state of a row is shaped like; None stands for a length that grows: at most one, the second dimension."""


@dataclass(frozen=True, slots=True)
class DecoderModules:
    """Torch modules in evaluation mode, in float32; rows B are independent of each other.

    `start(memory)` turns memories (B, S, width) into a tuple of states: (B, *shape) for each of `memories`, whose
    length is S; each slot by itself, so that memories may stand one behind the other.

    `step(ids, positions, order, seen, *states, *own)` reads one token of every row, ids (B,) int64, at positions (B,)
    int64 from 0, where `seen` (B, S) bool marks what is no padding, `states` is what `start` gave, and `own` what
    earlier steps gave of the rows themselves: (B, *shape) for each of `own`. It gives a tuple: the logits (R,
    vocabulary) of the rows order (R,) int64, then for each of `own` either the next column, (B, *shape) with length 1,
    which is kept at the row's position, or where the shape has no length the new state.
    Columns from a row's position on hold anything finite: they are ignored. States begin as zeros.
    """

    start: torch.nn.Module
    step: torch.nn.Module
    memories: tuple[StateShape, ...]
    own: tuple[StateShape, ...]
    longest: int  # positions that `step` can read
