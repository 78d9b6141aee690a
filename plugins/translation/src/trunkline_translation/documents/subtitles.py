"""Subtitles: SubRip and WebVTT. Times, numbers and settings stay to the byte; a segment is what one speaker says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from trunkline import DataError
from trunkline_translation.documents.document import Segment
from trunkline_translation.documents.plain import encode
from trunkline_translation.documents.wrapping import unwrap
from trunkline_translation.text.scripts import has_words
from trunkline_translation.text.spans import Span

__all__ = ["encode", "parse_srt", "parse_vtt"]

Line = tuple[int, str, str]
"""Where a line begins, what it says, and how it ends."""

_LINES = re.compile(r"([^\r\n]*)(\r\n|[\n\r]|\Z)")
_SRT_TIMES = re.compile(r"\s*\d+[:.,]\d+[:.,]\d+(?:[:.,]\d*)?\s*-?->\s*\d+[:.,]\d+[:.,]\d+(?:[:.,]\d*)?(?:\s.*)?")
_VTT_TIMES = re.compile(r"\s*(?:\d{2,}:)?\d\d:\d\d\.\d{3}\s+-->\s+(?:\d{2,}:)?\d\d:\d\d\.\d{3}(?:\s.*)?")
_NUMBER = re.compile(r"\ufeff?\s*-?\d+\s*")
_SPEAKER = re.compile(r"\s*[-–—‐]\s*(?=\S)")
_MARK_UP = re.compile(r"<[^<>]{0,500}>|\{\\[^{}]{0,100}\}|&(?:amp|lt|gt|nbsp|lrm|rlm);|♪+|♫+")
_ASIDE = ("NOTE", "STYLE", "REGION")


def parse_srt(source: str) -> Iterator[Segment]:
    """Read SubRip. Raises `DataError` with the line of times that cannot be read, or of text that has none."""
    lines = _lines(source)
    times = [
        number for number, (_, text, _) in enumerate(lines) if "->" in text and _is_times(text, number, _SRT_TIMES)
    ]
    first = times[0] if times else len(lines)
    before = [number for number in range(first) if lines[number][1].strip("\ufeff \t")]
    if not times or any(not (_NUMBER.fullmatch(lines[number][1]) and number == first - 1) for number in before):
        raise _damaged(before[0] if before else 0, "a subtitle's number and times are expected here")
    for number, following in pairwise([*times, len(lines)]):
        end = following
        if end < len(lines) and end - 1 > number and _NUMBER.fullmatch(lines[end - 1][1]):
            end -= 1
        yield from _said(lines, number + 1, end)


def parse_vtt(source: str) -> Iterator[Segment]:
    """Read WebVTT. Raises `DataError` where it does not begin with WEBVTT, or with the line that cannot be read."""
    lines = _lines(source)
    if not re.match(r"\ufeff?WEBVTT(?:[ \t]|$)", lines[0][1]):
        raise _damaged(0, "the file does not begin with WEBVTT")
    for start, end in _blocks(lines):
        if start == 0 or lines[start][1].startswith(_ASIDE):
            continue
        times = next((number for number in range(start, min(start + 2, end)) if "-->" in lines[number][1]), None)
        if times is None:
            raise _damaged(start, "the times of a cue are expected here")
        _is_times(lines[times][1], times, _VTT_TIMES)
        yield from _said(lines, times + 1, end)


def _lines(source: str) -> list[Line]:
    return [(match.start(), match.group(1), match.group(2)) for match in _LINES.finditer(source)]


def _blocks(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    start: int | None = None
    for number, (_, text, _) in enumerate(lines):
        if text.strip() and start is None:
            start = number
        elif not text.strip() and start is not None:
            yield start, number
            start = None
    if start is not None:
        yield start, len(lines)


def _is_times(text: str, number: int, pattern: re.Pattern[str]) -> bool:
    """Tell whether a line is one of times. Raises `DataError` where it has an arrow and digits, and is none."""
    if pattern.fullmatch(text):
        return True
    if "-->" in text:
        raise _damaged(number, f"the times {text.strip()[:60]!r} cannot be read")
    return False


def _damaged(number: int, what: str) -> DataError:
    return DataError([f"line {number + 1}: {what}"], "Correct the file, or name its format.")


def _said(lines: Sequence[Line], start: int, end: int) -> Iterator[Segment]:
    """Give what stands in the lines; a line that begins with a dash begins what another speaker says."""
    group: list[int] = []
    for number in range(start, end):
        text = lines[number][1]
        if group and (not text.strip() or _SPEAKER.match(text)):
            yield from _segment(lines, group)
            group = []
        if text.strip():
            group.append(number)
    if group:
        yield from _segment(lines, group)


def _segment(lines: Sequence[Line], group: Sequence[int]) -> Iterator[Segment]:
    dash = _SPEAKER.match(lines[group[0]][1])
    lead = dash.end() if dash else len(lines[group[0]][1]) - len(lines[group[0]][1].lstrip())
    texts = [lines[group[0]][1][lead:].rstrip(), *(lines[number][1].strip() for number in group[1:])]
    start = lines[group[0]][0] + lead
    last = lines[group[-1]]
    text, breaks = unwrap(texts, [lines[number][2] for number in group[:-1]])
    keep = tuple(_kept(text))
    if has_words(_MARK_UP.sub("", text)):
        yield Segment(start, last[0] + len(last[1].rstrip()), text, "cue", group[0] + 1, keep, breaks)


def _kept(text: str) -> Iterator[Span]:
    for match in _MARK_UP.finditer(text):
        mark = match.group()
        kind = "close" if mark.startswith("</") else "open" if mark.startswith("<") else "tag"
        yield Span(match.start(), match.end(), kind, mark)
