"""A text to sentences and what is between them, and translated sentences back to a text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from trunkline_translation.text.cutting import Limits, Range, cut
from trunkline_translation.text.languages import joins_without_space
from trunkline_translation.text.scripts import has_words, is_unspaced, is_wide
from trunkline_translation.text.sentences import beginnings
from trunkline_translation.text.spans import MARK_UP, Span

_LINES = re.compile(r"[^\t\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_VISIBLE = frozenset({"number", "emoji", "control", "term", "unknown"})
"""Kinds that a sentence is split with as they stand; others count as a word."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: a sentence (`translatable`), or what is between sentences. `start` in code points."""

    start: int
    text: str
    translatable: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def split(text: str, language: str, limits: Limits | None = None, spans: Sequence[Span] = ()) -> list[Piece]:
    """Split into pieces whose texts, joined, are the text again.

    A line break or a tab ends a sentence, unless within a span; blanks around a sentence are pieces of their own. A
    sentence without a letter outside `spans` (sorted, without overlap) is not translatable. One that exceeds `limits`
    is cut, see `cutting.cut`.
    """
    kept = [(span.start, span.end) for span in spans]
    ranges = list(_sentences(text, language, spans))
    cuts = cut(text, ranges, limits or Limits(), kept)
    return list(_pieces(text, cuts, spans))


def join(pieces: Sequence[Piece], translations: Sequence[str], target: str) -> str:
    """Put a text together: of each piece its translation, or its own text where it was not translatable.

    `translations` are those of the translatable pieces, in order. Chinese and Japanese sentences follow one another
    without a space, others with one: the spaces between two translated sentences are made so.
    """
    words = iter(translations)
    parts = [next(words) if piece.translatable else piece.text for piece in pieces]
    spaceless = joins_without_space(target)
    for number, (before, piece) in enumerate(pairwise(pieces), 1):
        if not piece.translatable:
            continue
        if before.translatable and not spaceless and _touch(before, piece) and parts[number - 1] and parts[number]:
            parts[number - 1] += " "
        elif spaceless and number > 1 and not before.text.strip(" ") and _is_joined(parts[number - 2], parts[number]):
            parts[number - 1] = ""
    return "".join(parts)


def _touch(left: Piece, right: Piece) -> bool:
    """Tell whether two pieces touch only since their script has no spaces: a long word that was cut has none either."""
    return any(is_wide(sign) or is_unspaced(sign) for sign in (left.text[-1], right.text[0]))


def _is_joined(left: str, right: str) -> bool:
    return bool(left and right) and (is_wide(left[-1]) or is_wide(right[0]))


def _sentences(text: str, language: str, spans: Sequence[Span]) -> Iterator[Range]:
    """Give ranges that hold all but line breaks and tabs; the blanks after a sentence are in its range."""
    firsts = [span.start for span in spans]
    for start, end in _lines(text, spans):
        within = spans[bisect_left(firsts, start) : bisect_left(firsts, end)]
        shown, places = _shown(text, start, end, within)
        begin = start
        for place in beginnings(shown, language):
            at = _source_place(place, places, within)
            if begin < at < end:
                yield begin, at
                begin = at
        yield begin, end


def _lines(text: str, spans: Sequence[Span]) -> Iterator[Range]:
    """Give the lines without their breaks; two lines that one span holds together are one."""
    broken = iter([span for span in spans if not _LINES.fullmatch(text, span.start, span.end)])
    span = next(broken, None)
    held: Range | None = None
    for match in _LINES.finditer(text):
        start, end = match.span()
        if span is not None and span.start < start and held is None:
            start = span.start
        held = (held[0], end) if held else (start, end)
        while span is not None and span.end <= end:
            span = next(broken, None)
        if span is None or not held[0] <= span.start <= end:
            yield held
            held = None
    if held:
        yield held


def _shown(text: str, start: int, end: int, spans: Sequence[Span]) -> tuple[str, list[Range]]:
    """Give a line as the splitter is to see it: without mark-up, other spans as one word.

    Also its parts: (place in what is shown, place in the text), for each stretch that is shown.
    """
    parts: list[str] = []
    places: list[Range] = []
    at, length = start, 0
    for span in spans:
        shown = "" if span.kind in MARK_UP else text[span.start : span.end]
        if shown and span.kind not in _VISIBLE:
            shown = "Xx" + "x" * (len(shown) - 2) if len(shown) > 1 else "X"
        for piece, origin in ((text[at : span.start], at), (shown, span.start)):
            if piece:
                parts.append(piece)
                places.append((length, origin))
                length += len(piece)
        at = span.end
    if at < end:
        parts.append(text[at:end])
        places.append((length, at))
    return "".join(parts), places


def _source_place(place: int, places: Sequence[Range], spans: Sequence[Span]) -> int:
    """Give where in the text a beginning is: after mark-up that closes there, before mark-up that opens."""
    number = bisect_left(places, (place, -1)) - 1
    shown, origin = places[number]
    at = origin + place - shown
    first = bisect_left(spans, at, key=lambda span: span.start)
    for span in spans[first:]:
        if span.start != at or span.kind not in MARK_UP or _opens(span):
            break
        at = span.end
    return at


def _opens(span: Span) -> bool:
    return span.kind == "open" or (span.kind == "tag" and not span.text.startswith(("</", "<!")))


def _pieces(text: str, ranges: Sequence[Range], spans: Sequence[Span]) -> Iterator[Piece]:
    at, firsts = 0, [span.start for span in spans]
    for start, end in ranges:
        inner = text[start:end].strip()
        if not inner:
            continue
        begin = start + text[start:end].index(inner)
        within = spans[max(0, bisect_left(firsts, begin) - 1) : bisect_left(firsts, begin + len(inner))]
        if _has_words(text, begin, begin + len(inner), within):
            if at < begin:
                yield Piece(at, text[at:begin], False)
            yield Piece(begin, inner, True)
            at = begin + len(inner)
    if at < len(text):
        yield Piece(at, text[at:], False)


def _has_words(text: str, start: int, end: int, spans: Sequence[Span]) -> bool:
    for span in spans:
        if start < span.start and has_words(text[start : span.start]):
            return True
        start = max(start, min(span.end, end))
    return has_words(text[start:end])
