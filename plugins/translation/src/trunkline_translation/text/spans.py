"""What of a text is no language and stays as it is: placeholders, amounts, code, mark-up, addresses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from trunkline import InvalidInput
from trunkline_translation.text import icu
from trunkline_translation.text.patterns import COMPILED

KINDS = frozenset({*COMPILED, "number", "unknown"})
"""Every kind that can be asked for. Numbers stay in their sentence and are looked for in its translation; what is
unknown to a trunk is found by `unread`."""
_AT_AN_END = ".,;:!?'*_~"  # of an address or a path: the sentence's own
LOOSE = frozenset({"tag", "open", "close", "emoji", "control", "unknown"})
"""Kinds that are no word of their sentence: at its edges they are left out of what is translated."""
MARK_UP = frozenset({"tag", "open", "close"})
"""Kinds whose order must not change."""


@dataclass(frozen=True, slots=True)
class Span:
    """Code points [start, end) of a text that stay; `text` is what is put in their place.

    `kind` is one of `KINDS`, `kept` (asked for by the user), `term` (a glossary's, `text` being its translation), or
    `open` and `close` (mark-up that belongs to what is after it, or before it).
    """

    start: int
    end: int
    kind: str
    text: str

    def moved(self, distance: int) -> Span:
        """Give the span of a text that begins `distance` code points earlier in this one's."""
        return replace(self, start=self.start - distance, end=self.end - distance)


def check_kinds(kinds: Collection[str]) -> frozenset[str]:
    """Give `kinds` as a set. Raises `InvalidInput` on an unknown one."""
    unknown = sorted(set(kinds) - KINDS)
    if unknown:
        raise InvalidInput(f"no kind of protected text is called {unknown[0]!r}; known: {', '.join(sorted(KINDS))}")
    return frozenset(kinds)


def kept_spans(text: str, ranges: Iterable[tuple[int, int]] = (), strings: Iterable[str] = ()) -> list[Span]:
    """Make spans of what the user wants kept: ranges of code points, and strings wherever they stand.

    Raises `InvalidInput` for a range that is not within the text, and for an empty string.
    """
    spans = []
    for start, end in ranges:
        if not 0 <= start < end <= len(text):
            raise InvalidInput(
                f"the range [{start}, {end}) to keep is not within the text, which has {len(text)} code points; "
                "give start < end, half open"
            )
        spans.append(Span(start, end, "kept", text[start:end]))
    for string in strings:
        if not string.strip():
            raise InvalidInput(f"the string {string!r} to keep is empty; leave it out")
        spans += [Span(m.start(), m.end(), "kept", string) for m in re.finditer(re.escape(string), text)]
    return spans


def find_spans(text: str, kinds: Collection[str] = KINDS, given: Iterable[Span] = ()) -> tuple[Span, ...]:
    """Find what stays in `text`, in order and without overlap: `given` first, then what begins first, then the longer.

    Kinds `number` and `unknown` are not among the answers (`numbers.find` and `unread.find` give those). Raises
    `InvalidInput` on an unknown kind.
    """
    wanted = check_kinds(kinds)
    chosen = _apart(sorted(given, key=lambda span: (span.start, -span.end)))
    found = [
        span
        for name, patterns in COMPILED.items()
        if name in wanted
        for kind, pattern in patterns.items()
        for span in _matches(text, kind, pattern)
    ]
    if "placeholder" in wanted:
        found += [Span(start, end, "placeholder", text[start:end]) for start, end in icu.find(text)]
    ordered = sorted(found, key=lambda span: (span.start, -span.end))
    return tuple(_merged(chosen, ordered))


def _matches(text: str, kind: str, pattern: re.Pattern[str]) -> Iterator[Span]:
    for match in pattern.finditer(text):
        start, end = match.span()
        if kind in ("url", "path"):
            end = start + len(_address(match.group()))
        yield Span(start, end, kind, text[start:end])


def _address(found: str) -> str:
    """Leave to the sentence what is the sentence's: its punctuation, and a bracket that was opened before."""
    while found:
        shorter = found.rstrip(_AT_AN_END)
        for opening, closing in ("()", "[]", "{}"):
            if shorter.endswith(closing) and shorter.count(closing) > shorter.count(opening):
                shorter = shorter[:-1]
        if shorter == found:
            break
        found = shorter
    return found


def _apart(spans: Sequence[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in spans:
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def _merged(first: Sequence[Span], second: Sequence[Span]) -> Iterator[Span]:
    """Walk through both in order; of the second only those that touch none of the first and no earlier one."""
    number, end = 0, 0
    for span in second:
        while number < len(first) and first[number].start < span.end:
            yield first[number]
            end = max(end, first[number].end)
            number += 1
        if span.start >= end:
            yield span
            end = span.end
    yield from first[number:]
