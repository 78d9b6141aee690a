"""Between tokens and text: joining by one space, and spans without white space at their edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trunkline_ner import schemes


def joined(tokens: Sequence[str], tags: Sequence[str], place: str | None = None) -> dict[str, Any]:
    """Give the row {text, entities, __place__} of a tagged sentence, its tokens joined by one space.

    Raises `ValueError` where tokens and tags differ in number.
    """
    if len(tokens) != len(tags):
        raise ValueError(f"{len(tokens)} tokens have {len(tags)} tags: give each token one tag")
    starts, position = [], 0
    for token in tokens:
        starts.append(position)
        position += len(token) + 1
    entities = [
        {"start": starts[first], "end": starts[stop - 1] + len(tokens[stop - 1]), "label": label}
        for first, stop, label in schemes.spans(tags)
    ]
    row = {"text": " ".join(tokens), "entities": entities}
    return row if place is None else {**row, "__place__": place}


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Give the span without the white space at its edges; an empty one where nothing else is in it."""
    while start < end and text[end - 1].isspace():
        end -= 1
    while start < end and text[start].isspace():
        start += 1
    return start, end
