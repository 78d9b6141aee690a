"""The names that graphs of every engine give to states."""

from __future__ import annotations

FINAL = "final"  # the last layer's state with the final norm applied, where the family has one
HIDDEN = "hidden"  # the states that a part of a graph starts from


def state(layer: int) -> str:
    """Name the states at `layer`: an output of the stem, an input of a branch."""
    return f"state_{layer}"
