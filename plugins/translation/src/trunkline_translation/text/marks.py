"""Spans out of a sentence before it is translated, marks in their place, and the spans back after it.

The marks are words that models copy though none was trained on them. Measured with the Bergamot models en-pt and pt-en
on 240 Tatoeba sentences, one pair of marks around a word: `XQ1` came back whole and in order in 92 %, `<1>`, `{1}` and
signs outside the vocabulary in none; of what `XQ1` loses, an address such as `http://x.y/1` saves nine in ten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from trunkline_translation.text.scripts import is_unspaced, is_wide
from trunkline_translation.text.spans import LOOSE, MARK_UP, Span


@dataclass(frozen=True, slots=True)
class Style:
    """How marks look: `before` a number."""

    before: str

    def mark(self, number: int) -> str:
        return f"{self.before}{number}"

    def is_free(self, text: str) -> bool:
        """Tell whether no mark of this style can be mistaken for something in `text`."""
        return self.before.casefold() not in text.casefold()


WORDS = (Style("XQ"), Style("ZX"), Style("QJ"))
ADDRESSES = (Style("http://x.y/"), Style("http://q.z/"))


@dataclass(frozen=True, slots=True)
class Mark:
    """What one mark stands for, and whether a space on its sides is to be taken out again.

    Mark-up is `filled` if there is a word between it and the next mark-up, or the end: there must be one in the
    translation too.
    """

    text: str
    mark_up: bool
    left: bool
    right: bool
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Protected:
    """A sentence with marks: `text` is for the model; `before` and `after` were at its edges and need no mark.

    `filled_first`: the first mark-up holds the words before it; there must be one in the translation, too.
    """

    text: str
    style: Style
    marks: tuple[Mark, ...]
    before: str = ""
    after: str = ""
    filled_first: bool = False


def protect(text: str, spans: Sequence[Span], styles: Sequence[Style] = WORDS) -> Protected | None:
    """Put marks in the place of `spans` (sorted, without overlap, within `text`).

    Spans with nothing but blanks between them get one mark. Those at the edges that are no word of the sentence
    (mark-up, emoji) get none. None where `text` has something like a mark of every style in it.
    """
    style = next((style for style in styles if style.is_free(text)), None)
    if style is None:
        return None
    start, end, core = _core(text, spans)
    inner = list(_grouped(text, core))
    parts: list[str] = []
    marks: list[Mark] = []
    at = start
    for span in inner:
        left = span.start > start and _parted(text[span.start - 1], inner=span.kind == "close")
        right = span.end < end and _parted(text[span.end], inner=span.kind == "open")
        marks.append(_mark(text, span, left, right))
        parts += [text[at : span.start], " " * left, style.mark(len(marks)), " " * right]
        at = span.end
    marks = list(_filled(text[:end], inner, marks))
    before, after = _with(text[:start], spans, 0), _with(text[end:], spans, end)
    asked = "".join([*parts, text[at:end]])
    return Protected(asked, style, tuple(marks), before, after, _is_filled_before(text, start, inner, spans))


def restore(translated: str, protected: Protected) -> str | None:
    """Put the spans back. None where a mark is lost, doubled or part of a word, or mark-up is out of order or empty."""
    found = list(_found(translated, protected.style))
    numbers = [number for number, _ in found]
    marks = protected.marks
    if sorted(numbers) != list(range(1, len(marks) + 1)) or any(_grown(translated, match) for _, match in found):
        return None
    placed = [(marks[number - 1], number, match) for number, match in found]
    if not _is_in_order(translated, placed) or not _is_filled_first(translated, placed, protected):
        return None
    parts, at, glued = [], 0, False
    for number, match in found:
        mark = marks[number - 1]
        between = translated[at : match.start()]
        parts += [_trimmed(between, glued, mark.left), mark.text]
        at, glued = match.end(), mark.right
    return "".join([protected.before, *parts, _trimmed(translated[at:], glued, False), protected.after])


def parts(text: str, spans: Sequence[Span]) -> list[tuple[str, bool]]:
    """Cut `text` at `spans`: (what stays or is put in its place, False) and (what is to be translated, True)."""
    cut: list[tuple[str, bool]] = []
    at = 0
    for span in spans:
        cut += [(text[at : span.start], True), (span.text, False)]
        at = span.end
    return [(part, free) for part, free in [*cut, (text[at:], True)] if part]


def _core(text: str, spans: Sequence[Span]) -> tuple[int, int, Sequence[Span]]:
    """Leave out loose spans at both edges, and the blanks about them; give what remains."""
    first, last, start, end = 0, len(spans), 0, len(text)
    while first < last and spans[first].kind in LOOSE and not text[start : spans[first].start].strip():
        start, first = spans[first].end, first + 1
    while last > first and spans[last - 1].kind in LOOSE and not text[spans[last - 1].end : end].strip():
        end, last = spans[last - 1].start, last - 1
    inner = text[start:end]
    lead, trail = len(inner) - len(inner.lstrip()), len(inner) - len(inner.rstrip())
    return start + lead, max(start + lead, end - trail), spans[first:last]


def _with(text: str, spans: Sequence[Span], offset: int) -> str:
    """Give an edge with what its spans say should be there."""
    inside = [span.moved(offset) for span in spans if offset <= span.start and span.end <= offset + len(text)]
    return "".join(part for part, _ in parts(text, inside))


def _grouped(text: str, spans: Sequence[Span]) -> Iterator[Span]:
    """Join neighbours; a group is mark-up that opens or closes only where all of it does."""
    group: Span | None = None
    for span in spans:
        between = "" if group is None else text[group.end : span.start]
        if group is not None and not between.strip():
            kind = group.kind if group.kind == span.kind else "tag" if {group.kind, span.kind} & MARK_UP else "kept"
            group = Span(group.start, span.end, kind, group.text + between + span.text)
            continue
        if group is not None:
            yield group
        group = replace(span)
    if group is not None:
        yield group


def _parted(neighbour: str, *, inner: bool) -> bool:
    """Tell whether a mark needs a space to be a word beside `neighbour`; always on the inner side of mark-up."""
    return not neighbour.isspace() if inner else neighbour.isalnum()


def _mark(text: str, span: Span, left: bool, right: bool) -> Mark:
    """Say which of the spaces that were added go out again.

    One beside a script without spaces stays, unless it is on the inner side: what it is translated to may need it.
    """
    left = left and (span.kind == "close" or not is_unspaced(text[span.start - 1]))
    right = right and (span.kind == "open" or not is_unspaced(text[span.end]))
    return Mark(span.text, span.kind in MARK_UP, left, right)


def _filled(text: str, spans: Sequence[Span], marks: Sequence[Mark]) -> Iterator[Mark]:
    """Say of each mark-up whether a word follows before the next; after the last, of what opens or stands alone."""
    end = -1
    filled: list[bool] = []
    for span in reversed(spans):
        alone = span.kind == "open" or (span.kind == "tag" and not span.text.startswith("</"))
        following = text[span.end : end] if end >= 0 else text[span.end :] if alone else ""
        filled.append(span.kind in MARK_UP and any(sign.isalnum() for sign in following))
        end = span.start if span.kind in MARK_UP else end
    for mark, is_filled in zip(marks, reversed(filled), strict=True):
        yield replace(mark, filled=is_filled)


def _is_in_order(translated: str, found: Sequence[tuple[Mark, int, re.Match[str]]]) -> bool:
    """Tell whether mark-up is in its order, and about words where it was."""
    mark_up = [(mark, number, match) for mark, number, match in found if mark.mark_up]
    for (left, number, opening), (_, following, closing) in pairwise(mark_up):
        between = translated[opening.end() : closing.start()]
        if following < number or (left.filled and not any(sign.isalnum() for sign in between)):
            return False
    if not mark_up:
        return True
    last, _, match = mark_up[-1]
    return not last.filled or any(sign.isalnum() for sign in translated[match.end() :])


def _is_filled_before(text: str, start: int, inner: Sequence[Span], spans: Sequence[Span]) -> bool:
    """Tell whether the first mark-up closes over words, or more of it was left out before them."""
    first = next((span for span in inner if span.kind in MARK_UP), None)
    if first is None:
        return False
    holds = first.kind == "close" or any(span.end <= start for span in spans if span.kind in MARK_UP)
    return holds and any(sign.isalnum() for sign in text[start : first.start])


def _is_filled_first(translated: str, found: Sequence[tuple[Mark, int, re.Match[str]]], protected: Protected) -> bool:
    first = next((match for mark, _, match in found if mark.mark_up), None)
    if first is None or not protected.filled_first:
        return True
    return any(sign.isalnum() for sign in translated[: first.start()])


def _found(text: str, style: Style) -> Iterator[tuple[int, re.Match[str]]]:
    for match in re.finditer(re.escape(style.before) + r"([1-9][0-9]{0,5})", text):
        yield int(match.group(1)), match


def _grown(text: str, match: re.Match[str]) -> bool:
    """Tell whether letters or digits stuck to the mark: `XQ1s` is another word."""
    around = text[match.start() - 1 : match.start()] if match.start() else "", text[match.end() : match.end() + 1]
    return any(sign.isalnum() and not (is_wide(sign) or is_unspaced(sign)) for sign in around)


def _trimmed(text: str, left: bool, right: bool) -> str:
    text = text.removeprefix(" ") if left else text
    return text.removesuffix(" ") if right else text
