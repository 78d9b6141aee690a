"""Plain text: each line a segment, or each paragraph where lines are wrapped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trunkline_translation.documents.document import Segment
from trunkline_translation.documents.wrapping import rewrap, unwrap
from trunkline_translation.text.scripts import has_words

LINE_BREAK = re.compile(r"\r\n|[\n\r]")
_MARK = "\ufeff"
"""The byte order mark, which a file may begin with, is no text."""
_LINE = re.compile(r"[^\r\n]+")
_PARAGRAPH = re.compile(r"[^\r\n]*\S[^\r\n]*(?:(?:\r\n|[\n\r])[^\r\n]*\S[^\r\n]*)*")
_WITHIN = re.compile(r"[ \t]*(?:\r\n|[\n\r])[ \t]*")


def parse(source: str, *, wrapped: bool = False) -> Iterator[Segment]:
    """Give the lines that have words; where `wrapped`, the paragraphs, whose line breaks are no ends of sentences."""
    line, at = 1, 0
    for match in (_PARAGRAPH if wrapped else _LINE).finditer(source):
        line += len(LINE_BREAK.findall(source, at, match.start()))
        at = match.start()
        inner = match.group().removeprefix(_MARK if at == 0 else "").strip()
        if has_words(inner):
            start = match.start() + match.group().index(inner)
            text, breaks = unwrap(_WITHIN.split(inner), _WITHIN.findall(inner))
            yield Segment(start, start + len(inner), text, "text", line, breaks=breaks)


def encode(segment: Segment, translation: str) -> str:
    return rewrap(translation, len(segment.text), segment.breaks)
