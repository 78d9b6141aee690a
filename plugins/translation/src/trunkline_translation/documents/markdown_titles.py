"""Titles of links and images, `[text](address "title")`: translated by themselves, within what stays of their line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from trunkline_translation.documents.document import Segment
from trunkline_translation.text.scripts import has_words
from trunkline_translation.text.spans import Span

_TITLE = re.compile(r"\s([\"'])((?:(?!\1)[^\\&\n])*)\1\s*\)\Z")
"""At the end of a link; one with escapes or entities stays."""


def titles(spans: Sequence[Span], places: Sequence[int]) -> Iterator[Segment]:
    """Give the titles within spans that stand at `places` of the source (-1: nowhere), without their lines."""
    for span, place in zip(spans, places, strict=True):
        found = _TITLE.search(span.text) if span.kind == "close" and place >= 0 else None
        if found and has_words(found[2]):
            yield Segment(place + found.start(2), place + found.end(2), found[2], "title", 1, prefix=found[1])


def encode_title(segment: Segment, translation: str) -> str:
    """Write the signs that would end the title, its cell of a table, or be read as others, with a backslash."""
    return re.sub(rf"[\\&|{segment.prefix}]", r"\\\g<0>", " ".join(translation.split()))


def with_titles(segment: Segment, translation: str) -> str:
    """Put translated titles into what stays of their line."""
    for span, written in zip(segment.keep, segment.written, strict=False):
        if written != span.text:
            translation = translation.replace(span.text, written, 1)
    return translation
