"""HTML: paragraphs, headings, cells and what stands in `alt`, `title` and the like; tags stay to the byte.

What is within an element of a line (`b`, `a`, `span`) is translated with its sentence, the tags as its spans. Code,
scripts, preformatted text and whatever says `translate="no"` or has the class `notranslate` stay.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape, unescape

from trunkline_translation.documents.document import Segment
from trunkline_translation.documents.html_open import VOID, OpenElements
from trunkline_translation.documents.html_tokens import Token, attributes, tokens
from trunkline_translation.documents.plain import LINE_BREAK
from trunkline_translation.text.scripts import has_words
from trunkline_translation.text.spans import Span

_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "data", "del", "dfn", "em", "font", "i", "img", "input",
    "ins", "mark", "q", "rb", "rp", "rt", "ruby", "s", "small", "span", "strike", "strong", "sub", "sup", "time", "tt",
    "u", "var", "wbr",
})  # fmt: skip
_WORDS = frozenset({"code", "kbd", "samp", "math", "svg"})
"""Elements that are kept as a word of their sentence."""
_KEPT = frozenset({"pre", "object", "canvas", "audio", "video", "template"})
_CODE = frozenset({"script", "style"})
_TRANSLATED = frozenset({"alt", "title", "placeholder", "aria-label"})
_TRANSLATED_OF = {
    "meta": ("content",), "input": ("value",), "option": ("label",), "optgroup": ("label",), "track": ("label",),
}  # fmt: skip
_DESCRIBING = frozenset({"description", "og:title", "og:description", "twitter:title", "twitter:description"})
"""What `meta` says in words for people."""
_BUTTONS = frozenset({"submit", "button", "reset"})
_BLANKS = re.compile(r"[ \t\n\f\r]+")
_NO = re.compile(
    r"""(?:^|\s)translate\s*=\s*["']?no(?![\w-])|(?:^|\s)class\s*=\s*(?:["'][^"']*?\bnotranslate\b|notranslate\b)""",
    re.IGNORECASE,
)

Part = tuple[int, int, str]
"""Code points [start, end) of the page, and the kind of span that they are; none for text."""


@dataclass(frozen=True, slots=True)
class _Left:
    """An element that stays whole: its name, where it begins, in how many others it is."""

    name: str
    start: int
    inline: bool
    depth: int


def parse(source: str) -> Iterator[Segment]:
    """Give what has words, by its beginning; what stands in a tag's attributes after the paragraph around it."""
    line, at = 1, 0
    for segment in sorted(_segments(source), key=lambda segment: (segment.start, -segment.end)):
        line += len(LINE_BREAK.findall(source, at, segment.start))
        at = segment.start
        yield replace(segment, line=line)


def encode(segment: Segment, translation: str) -> str:
    """Write signs that are mark-up as entities, except in what stays in the segment (its tags)."""
    if segment.kind == "attribute":
        return escape(translation) if segment.prefix else f'"{escape(translation)}"'
    written: dict[str, list[str]] = {}
    for span, new in zip(segment.keep, segment.written or [span.text for span in segment.keep], strict=True):
        written.setdefault(span.text, []).append(new)
    if not written:
        return escape(translation, quote=False)
    own = "|".join(re.escape(text) for text in sorted(written, key=len, reverse=True))
    pieces = re.split(f"({own})", translation)
    for number, piece in enumerate(pieces):
        forms = written.get(piece, [""]) if number % 2 else [escape(piece, quote=False)]
        pieces[number] = forms.pop(0) if len(forms) > 1 else forms[0]
    return "".join(pieces)


def _segments(source: str) -> Iterator[Segment]:
    run: list[Part] = []
    left: _Left | None = None
    elements = OpenElements()
    for token in tokens(source):
        depth = elements.depth(token)
        if left is not None:
            if depth > left.depth:
                continue
            is_its_end = token.kind == "close" and token.name == left.name
            run += [(left.start, token.end if is_its_end else token.start, "kept")] if left.inline else []
            left = None
            if is_its_end:
                continue
        is_no = token.name in _CODE or _NO.search(source, *token.attributes) is not None
        yield from () if is_no else _attributes(source, token)
        left = _left(token, depth, is_no=is_no)
        kind = _kind(token)
        if kind is not None and left is None:
            run.append((token.start, token.end, kind))
        elif left is None or not left.inline:
            yield from _paragraph(source, run)
            run = []
    yield from _paragraph(source, run)


def _left(token: Token, depth: int, *, is_no: bool) -> _Left | None:
    """Tell whether an element that begins here stays whole."""
    is_kept = is_no or token.name in _WORDS or token.name in _KEPT
    if token.kind != "open" or token.name in VOID or not is_kept:
        return None
    return _Left(token.name, token.start, token.name in _INLINE or token.name in _WORDS, depth)


def _kind(token: Token) -> str | None:
    """Give the kind of span that a token is within a line, empty for text; None where it ends the line."""
    if token.kind == "text":
        return ""
    if token.kind == "other" or (token.kind == "raw" and token.name):
        return "tag"
    if token.name not in _INLINE:
        return None
    return "tag" if token.name in VOID else token.kind


def _attributes(source: str, token: Token) -> Iterator[Segment]:
    given = attributes(source, token)
    wanted = {*_TRANSLATED, *_TRANSLATED_OF.get(token.name, ())}
    if token.name == "meta" and not _says(source, given, ("name", "property"), _DESCRIBING):
        wanted = set()
    if token.name == "input" and not _says(source, given, ("type",), _BUTTONS):
        wanted.discard("value")
    for name, (start, end) in given.items():
        text = unescape(source[start:end])
        if name in wanted and has_words(text):
            quote = source[start - 1]
            yield Segment(start, end, text, "attribute", 1, prefix=quote if quote in "\"'" else "")


def _says(source: str, given: Mapping[str, tuple[int, int]], names: Sequence[str], values: Collection[str]) -> bool:
    """Tell whether one of a tag's attributes has one of these values."""
    return any(source[slice(*given[name])].strip().lower() in values for name in names if name in given)


def _paragraph(source: str, run: Sequence[Part]) -> Iterator[Segment]:
    """Make a segment of a line's parts, without the tags and blanks at its edges."""
    said = [
        number
        for number, part in enumerate(run)
        if part[2] == "kept" or (not part[2] and source[part[0] : part[1]].strip())
    ]
    if not said:
        return
    parts = [*run[said[0] : said[-1] + 1]]
    parts[0] = _trimmed(source, parts[0], left=True)
    parts[-1] = _trimmed(source, parts[-1], left=False)
    text, spans = _joined(source, parts)
    if any(not kind and has_words(unescape(source[start:end])) for start, end, kind in parts):
        keep, places = tuple(span for span, _ in spans), tuple(place for _, place in spans)
        yield Segment(parts[0][0], parts[-1][1], text, "text", 1, keep, places=places)


def _trimmed(source: str, part: Part, *, left: bool) -> Part:
    start, end, kind = part
    text = source[start:end]
    if kind:
        return part
    return (end - len(text.lstrip()), end, kind) if left else (start, start + len(text.rstrip()), kind)


def _joined(source: str, parts: Sequence[Part]) -> tuple[str, list[tuple[Span, int]]]:
    """Write the text that is translated: entities as signs, blanks as one, tags as they are.

    With each span its place in the source; -1 for a text that only looks like one of the tags, and stays escaped.
    """
    tags = {source[start:end] for start, end, kind in parts if kind}
    alike = re.compile("|".join(map(re.escape, sorted(tags, key=len, reverse=True)))) if tags else None
    text = ""
    spans: list[tuple[Span, int]] = []
    for start, end, kind in parts:
        written, at = source[start:end], len(text)
        text += written if kind else unescape(_BLANKS.sub(" ", written))
        if kind:
            spans.append((Span(at, len(text), kind, written), start))
        elif alike is not None:
            found = alike.finditer(text, at)
            spans += [(Span(match.start(), match.end(), "kept", escape(match.group())), -1) for match in found]
    return text, spans
