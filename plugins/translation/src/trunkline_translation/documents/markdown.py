"""Markdown: headings, paragraphs, items and cells by markdown-it's blocks; marks, code, links and tables stay."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from trunkline_translation.documents import html
from trunkline_translation.documents.document import Segment
from trunkline_translation.documents.extras import needed
from trunkline_translation.documents.markdown_inline import inline_spans, label
from trunkline_translation.documents.markdown_titles import encode_title, titles, with_titles
from trunkline_translation.documents.wrapping import rewrap, unwrap
from trunkline_translation.text.scripts import has_words
from trunkline_translation.text.spans import Span

if TYPE_CHECKING:
    from markdown_it.token import Token

_LINES = re.compile(r"([^\r\n]*)(\r\n|[\n\r]|\Z)")
_FRONT_MATTER = re.compile(
    r"\A\ufeff?---[ \t]*(?:\r\n|[\n\r]).*?(?:\r\n|[\n\r])(?:---|\.\.\.)[ \t]*(?=[\r\n]|\Z)", re.DOTALL
)
_HARD_BREAK = re.compile(r"(?: {2,}|\\)\Z")
_BLOCK_MARK = re.compile(r"(?=[#>|]|[-+*=](?:\s|$)|-{2,}\s*$|={2,}\s*$|`{3}|~{3})|\d{1,9}(?=[.)](?:\s|$))")
_BARE_PIPE = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str
    ending: str


@dataclass(frozen=True, slots=True)
class _Part:
    """Code points [start, end) of one line that belong to a block; `line` counts from 0."""

    start: int
    end: int
    text: str
    line: int


def parse(source: str) -> Iterator[Segment]:
    """Give what has words, in order. Raises `MissingExtra` without markdown-it-py."""
    try:
        from markdown_it import MarkdownIt
    except ImportError as error:
        raise needed("translating Markdown") from error
    lines = [_Line(match.start(), match.group(1), match.group(2)) for match in _LINES.finditer(source)]
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.disable("inline")  # what is within a block is looked at by markdown_inline, with its places
    environment: dict[str, Any] = {}
    tokens = parser.parse("\n".join(_shown(source, lines)), environment)
    labels = frozenset(label(name) for name in environment.get("references", ()))
    yield from _segments(source, lines, tokens, labels)


def encode(segment: Segment, translation: str) -> str:
    """Break lines as before; a line's beginning and a cell's bars are kept from being taken for mark-up."""
    if segment.kind in ("html", "attribute"):
        return html.encode(segment, translation)
    if segment.kind == "title":
        return encode_title(segment, translation)
    translation = with_titles(segment, translation)
    if segment.kind == "cell":
        return _BARE_PIPE.sub(r"\\|", translation)
    if segment.kind == "text" and not _BLOCK_MARK.match(segment.text):
        found = _BLOCK_MARK.match(translation)
        if found:
            translation = f"{found.group()}\\{translation[found.end() :]}"
    return rewrap(translation, len(segment.text), segment.breaks, inline_spans(translation))


def _shown(source: str, lines: Sequence[_Line]) -> Iterator[str]:
    """Give the lines that markdown-it is to see: front matter as empty ones, so that their numbers stay."""
    front = _FRONT_MATTER.match(source)
    after = front.end() if front else 0
    return ("" if line.start < after else line.text.removeprefix("\ufeff" if line.start == 0 else "") for line in lines)


def _segments(
    source: str, lines: Sequence[_Line], tokens: Sequence[Token], labels: frozenset[str]
) -> Iterator[Segment]:
    row, column = -1, 0
    for before, token in pairwise([tokens[0], *tokens] if tokens else []):
        if token.map is None:
            continue
        first, last = token.map
        if token.type == "inline" and before.type in ("td_open", "th_open"):
            row, column = first, column if row == first else 0
            part = _cell(lines[first], token.content, column, first)
            column = part.end - lines[first].start if part else column
            yield from _made(source, [part] if part else [], "cell", labels)
        elif token.type == "inline":
            yield from _block(source, lines, token, "heading" if before.type == "heading_open" else "text", labels)
        elif token.type == "html_block" and token.level == 0:
            start = lines[first].start
            end = lines[last].start if last < len(lines) else len(source)
            yield from (_moved(segment, start, first) for segment in html.parse(source[start:end]))


def _block(source: str, lines: Sequence[_Line], token: Token, kind: str, labels: frozenset[str]) -> Iterator[Segment]:
    """Give a block's lines as one segment, or as several where line breaks are hard."""
    first = token.map[0] if token.map else 0
    parts: list[_Part] = []
    for number, content in enumerate(token.content.split("\n"), first):
        part = _found(lines[number], content.strip(" \t"), number)
        parts += [part] if part else []
        if part is None or _HARD_BREAK.search(lines[number].text):
            yield from _made(source, parts, kind, labels)
            parts = []
    yield from _made(source, parts, kind, labels)


def _found(line: _Line, content: str, number: int) -> _Part | None:
    """Find the content of a block in its line: at its end, or before the closing signs of a heading."""
    text = line.text.replace("\0", "\ufffd")
    at = text.rfind(content)
    hard = _HARD_BREAK.search(content)
    content = content[: hard.start()] if hard else content
    if at < 0 or not content:
        return None
    return _part(line, at, at + len(content), number)


def _part(line: _Line, start: int, end: int, number: int) -> _Part:
    return _Part(line.start + start, line.start + end, line.text[start:end], number)


def _cell(line: _Line, content: str, column: int, number: int) -> _Part | None:
    pattern = re.escape(content).replace(r"\|", r"\\?\|") + r"(?=[ \t]*(?:\||$))"
    found = re.compile(pattern).search(line.text.replace("\0", "\ufffd"), column) if content else None
    return _part(line, found.start(), found.end(), number) if found else None


def _made(source: str, parts: Sequence[_Part], kind: str, labels: frozenset[str]) -> Iterator[Segment]:
    """Join lines to a segment; what is between them (blanks, the break, a quotation's mark) is its break."""
    if parts:
        breaks = [source[left.end : right.start] for left, right in pairwise(parts)]
        text, places = unwrap([part.text for part in parts], breaks)
        if has_words(text):
            first, last = parts[0], parts[-1]
            spans = inline_spans(text, labels)
            begins = [0, *(place for place, _ in places)]
            at = tuple(_place(source, parts, begins, span) for span in spans)
            yield Segment(first.start, last.end, text, kind, first.line + 1, spans, places, places=at)
            starts = [part.start for part in parts]
            for title in titles(spans, at):
                yield replace(title, line=parts[bisect_right(starts, title.start) - 1].line + 1)


def _place(source: str, parts: Sequence[_Part], begins: Sequence[int], span: Span) -> int:
    """Give where a span of a block's text stands in the source; -1 where it is not written there as it is."""
    number = bisect_right(begins, span.start) - 1
    place = parts[number].start + span.start - begins[number]
    return place if source.startswith(span.text, place) else -1


def _moved(segment: Segment, start: int, line: int) -> Segment:
    """Give a segment of a block of HTML its place in the file."""
    return replace(
        segment,
        start=segment.start + start,
        end=segment.end + start,
        line=segment.line + line,
        kind=segment.kind if segment.kind == "attribute" else "html",
        places=tuple(place + start if place >= 0 else place for place in segment.places),
    )
