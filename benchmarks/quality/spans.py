"""Entities as spans: read off word tags, and measured. Independent of the product that it measures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Span = tuple[int, int, str]


def spans_of_words(tags: Sequence[str], words: Sequence[tuple[int, int]]) -> set[Span]:
    """Join IOB2 tags of words to spans; an I- that continues nothing opens a span."""
    spans: list[Span] = []
    previous = "O"
    for tag, (start, end) in zip(tags, words, strict=True):
        kind = tag[2:]
        if tag.startswith("I-") and previous[2:] == kind and previous != "O":
            spans[-1] = (spans[-1][0], end, kind)
        elif tag != "O":
            spans.append((start, end, kind))
        previous = tag
    return set(spans)


def entity_f1(predicted: Sequence[set[Span]], rows: Sequence[dict[str, Any]]) -> float:
    """Micro F1 over exact spans with their labels."""
    gold = [{(e["start"], e["end"], e["label"]) for e in row["entities"]} for row in rows]
    right = sum(len(p & g) for p, g in zip(predicted, gold, strict=True))
    found, wanted = sum(map(len, predicted)), sum(map(len, gold))
    return 2 * right / (found + wanted) if found + wanted else 0.0
