"""Whether two sides gave the same answers: a faster wrong answer is no answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Answers = Mapping[str, Sequence[Any]]
"""By model, in the order of its texts: [label, probability], or [[start, end, label], ...]."""


def agreement(ours: Answers, theirs: Answers) -> float:
    """Give the mean over all answers of models that both were asked: 1 for an equal label, for spans their F1.

    Nothing in common, or another number of answers, is no agreement.
    """
    common = ours.keys() & theirs.keys()
    if any(len(ours[name]) != len(theirs[name]) for name in common):
        return 0.0
    shares = [share(mine, other) for name in common for mine, other in zip(ours[name], theirs[name], strict=True)]
    return sum(shares) / len(shares) if shares else 0.0


def share(mine: Any, other: Any) -> float:
    """Compare two answers to one text."""
    if _is_label(mine) or _is_label(other):
        return float(bool(mine) and bool(other) and mine[0] == other[0])
    left, right = {tuple(span) for span in mine}, {tuple(span) for span in other}
    return 2 * len(left & right) / (len(left) + len(right)) if left or right else 1.0


def _is_label(answer: Any) -> bool:
    return bool(answer) and isinstance(answer[0], str)
