"""Cutting what is too long for a model: at clauses, then at blanks, then anywhere that tears no sign."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trunkline import InvalidInput
from trunkline_translation.text.graphemes import boundary_near

Count = Callable[[list[str]], list[int]]
Range = tuple[int, int]

_CLAUSES = re.compile(
    r"[,;:.!?)\]–—،؛؟।…][\"'”’»)\]]*+\s++|[，、；：。！？…」』）》】][」』）》】”’]*+\s*+"  # a wide mark needs no blank
)
_BLANKS = re.compile(r"\s++")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a piece may be: `characters` in code points, and `longest` in what `count` counts (tokens)."""

    characters: int = 1_000
    longest: int | None = None
    count: Count | None = None

    def __post_init__(self) -> None:
        if self.characters < 1 or (self.longest is not None and self.longest < 1):
            raise InvalidInput(
                f"characters={self.characters}, longest={self.longest}: a piece holds at least one; give 1 or more"
            )

    def exceeded(self, texts: list[str]) -> list[bool]:
        """Tell of each text whether it is too long. Tokens are counted only where characters are few enough."""
        over = [len(text) > self.characters for text in texts]
        if self.count is not None and self.longest is not None:
            asked = [number for number, is_over in enumerate(over) if not is_over]
            for number, tokens in zip(asked, self.count([texts[n] for n in asked]) if asked else [], strict=True):
                over[number] = tokens > self.longest
        return over


def cut(text: str, ranges: Sequence[Range], limits: Limits, kept: Sequence[Range] = ()) -> list[Range]:
    """Halve the `ranges` of `text` that are too long, and their halves again; give all of them in order.

    A cut comes as near to the middle as there is a clause's end, else a blank; not within a range of `kept` (sorted)
    unless it alone is too long. A range of one code point is never too long. The blanks at a cut are the left part's.
    """
    done: list[Range] = []
    pending = list(ranges)
    while pending:
        over = limits.exceeded([text[start:end].strip() for start, end in pending])
        halves: list[Range] = []
        for (start, end), is_over in zip(pending, over, strict=True):
            if is_over and end - start > 1:
                middle = _place(text, start, end, kept)
                halves += [(start, middle), (middle, end)]
            else:
                done.append((start, end))
        pending = halves
    return sorted(done)


def _place(text: str, start: int, end: int, kept: Sequence[Range]) -> int:
    """Find where to cut; the inner half is looked through first for clauses, then for blanks."""
    middle, quarter = (start + end) // 2, (end - start) // 4
    for pattern in (_CLAUSES, _BLANKS):
        found = [match.end() for match in pattern.finditer(text, start + quarter, end - quarter)]
        free = [place for place in found if start < place < end and not _inside(place, kept)]
        if free:
            return min(free, key=lambda place: abs(place - middle))
    around = _inside(middle, kept)
    if around:
        free = [place for place in around if start < place < end]
        if free:
            return min(free, key=lambda place: abs(place - middle))
    return boundary_near(text, middle, start + 1, end)


def _inside(place: int, kept: Sequence[Range]) -> Range | None:
    """Give the range of `kept` that a cut at `place` would tear."""
    number = bisect_right(kept, place, key=lambda span: span[0]) - 1
    if number >= 0 and kept[number][0] < place < kept[number][1]:
        return kept[number]
    return None
