"""A file as segments to translate with all around them, and the file again with translations in their places."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from trunkline import InvalidInput
from trunkline_translation.text.spans import Span

Break = tuple[int, str]
"""A line break within a segment: before which code point of its text, and how it is written in the file."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What is translated as one: a paragraph, a heading, a cell, a cue, a message.

    `text` takes the place of code points [start, end) of the source; `keep` are its spans that stay (mark-up). `line`
    counts from 1. `prefix` is for the format's writer, which ends lines by `ending`; `always` says that it is asked
    even where the text was not changed. A segment may lie within another's tag (an attribute): `places` are the code
    points of the source at which spans begin (-1: nowhere), `written` what is to be written for each of them.
    """

    start: int
    end: int
    text: str
    kind: str
    line: int
    keep: tuple[Span, ...] = ()
    breaks: tuple[Break, ...] = ()
    prefix: str = ""
    always: bool = False
    ending: str = "\n"
    places: tuple[int, ...] = ()
    written: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text, and its segments in order of their beginnings."""

    format: str
    source: str
    segments: tuple[Segment, ...]


Edit = tuple[int, int, str]
"""Code points [start, end) of a source, and what is to stand there."""
Encode = Callable[[Segment, str], str]


def spliced(document: Document, translations: Sequence[str], encode: Encode) -> str:
    """Put the translations in the segments' places. A segment whose text was not changed stays as it was written.

    Raises `InvalidInput` where there are not as many translations as segments.
    """
    if len(translations) != len(document.segments):
        raise InvalidInput(
            f"{len(translations)} translations for {len(document.segments)} segments; give one for each, in order"
        )
    edits: list[Edit] = []
    for segment, translation in reversed(list(zip(document.segments, translations, strict=True))):
        inner = []
        while edits and edits[-1][0] < segment.end:
            inner.append(edits.pop())
        edits.append((segment.start, segment.end, _written(document.source, segment, translation, inner, encode)))
    return _edited(document.source, 0, len(document.source), edits[::-1])


def _written(source: str, segment: Segment, translation: str, inner: Sequence[Edit], encode: Encode) -> str:
    if translation == segment.text and not segment.always:
        return _edited(source, segment.start, segment.end, inner)
    if inner:
        written = [
            _edited(source, place, place + len(span.text), inner) if place >= 0 else span.text
            for place, span in zip(segment.places, segment.keep, strict=True)
        ]
        segment = replace(segment, written=tuple(written))
    return encode(segment, translation)


def _edited(source: str, start: int, end: int, edits: Sequence[Edit]) -> str:
    """Give code points [start, end) with those of `edits` (in order) that are within it."""
    parts, at = [], start
    first = bisect_left(edits, start, key=lambda edit: edit[0])
    for begin, after, text in edits[first:]:
        if begin >= end:
            break
        parts += [source[at:begin], text]
        at = after
    return "".join([*parts, source[at:end]])
