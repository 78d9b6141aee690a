"""Sentences that go over several lines: one line for the translator, and as many lines as before after it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from trunkline_translation.documents.document import Break
from trunkline_translation.text.graphemes import is_boundary
from trunkline_translation.text.scripts import is_wide
from trunkline_translation.text.spans import Span

_BLANK = re.compile(r"[ \t]+")
_MARKERS = re.compile(r"[>#|]|[-+*=](?:\s|$)|={2,}|-{2,}|`{3}|~{3}|\d{1,9}[.)]")
"""What would begin a list, a heading, a quotation at the beginning of a line of Markdown."""
_NO_BEGINNING = "，。、；：！？）」』】》…,.;:!?)]}"


def unwrap(lines: Sequence[str], breaks: Sequence[str]) -> tuple[str, tuple[Break, ...]]:
    """Join lines by a space, Chinese and Japanese by none; `breaks` are the line breaks between them as written."""
    parts, length = [lines[0]], len(lines[0])
    places: list[Break] = []
    for line, written in zip(lines[1:], breaks, strict=True):
        space = "" if _are_wide(parts[-1][-1:], line[:1]) else " "
        parts += [space, line]
        places.append((length + len(space), written))
        length += len(space) + len(line)
    return "".join(parts), tuple(places)


def _are_wide(left: str, right: str) -> bool:
    return bool(left and right) and is_wide(left) and is_wide(right)


def rewrap(translation: str, length: int, breaks: Sequence[Break], kept: Sequence[Span] = ()) -> str:
    """Break a translation in as many places as its source (of `length` code points), in proportion.

    At blanks, or between Chinese or Japanese signs where there are none; never within `kept`, and not where a line
    would begin with what Markdown takes for a list or a heading. A break that has no place is left out.
    """
    if not breaks:
        return translation
    places = _places(translation, kept)
    chosen: list[tuple[int, int, str]] = []
    first = 0
    for place, written in breaks:
        wanted = place * len(translation) / max(1, length)
        number = bisect_left(places, wanted, lo=first, key=lambda found: found[1])
        near = [n for n in (number - 1, number) if first <= n < len(places)]
        if near:
            best = min(near, key=lambda n: abs(places[n][1] - wanted))
            chosen.append((*places[best], written))
            first = best + 1
    ends = [(0, 0, ""), *chosen, (len(translation), len(translation), "")]
    return "".join(left[2] + translation[left[1] : right[0]] for left, right in pairwise(ends))


def _places(text: str, kept: Sequence[Span]) -> list[tuple[int, int]]:
    """Give where a line may end and the next begin: the blanks, else the places between wide signs."""
    blanks = [match.span() for match in _BLANK.finditer(text) if match.start() > 0 and match.end() < len(text)]
    wide = [
        (place, place)
        for place in range(1, len(text))
        if is_wide(text[place - 1]) and text[place] not in _NO_BEGINNING and is_boundary(text, place)
    ]
    inside = {place for span in kept for place in range(span.start, span.end)} - {span.start for span in kept}
    free = [place for place in [*blanks, *wide] if place[0] not in inside and not _MARKERS.match(text, place[1])]
    return sorted(free)
