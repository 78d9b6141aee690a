"""What of a line of Markdown is mark-up: emphasis, links, images, code, tags, escapes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from trunkline_translation.text.spans import Span

_TARGET = r"\((?:[^()<>\\\"]|\\.|<[^<>]{0,1000}>|\"(?:[^\"\\]|\\.){0,500}\"|\([^()]{0,500}\)){0,2000}\)"
_INLINE = re.compile(
    r"(?P<bar>\\\|)|(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<code>(?P<ticks>`{1,9})(?!`)[^`](?:(?!(?<!`)(?P=ticks)(?!`)).){0,2000}(?<!`)(?P=ticks)(?!`))"
    r"|(?P<run>`+)"  # that opens no code: as a whole, lest its last sign be taken for a shorter one
    r"|(?P<auto><[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]{0,2000}>|<[\w.+-]{1,64}@[\w.-]{1,255}>)"
    r"|(?P<comment><!--[^<]{0,2000}?-->)"
    r"|(?P<tag></?[A-Za-z][A-Za-z0-9-]{0,50}(?:\s[^<>]{0,2000})?/?>)"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)"
    r"|(?P<note>\[\^[^\[\]\s]{1,100}\]:?|^\[[ xX]\](?=\s))"
    r"|(?P<opens>!?\[)"
    rf"|(?P<closes>\](?:{_TARGET}|\[(?P<label>[^\[\]]{{0,300}})\])?)"
    r"|(?P<marks>\*{1,3}|~~|(?<![\w\\])_{1,3}(?=[^\s_])|(?<=[^\s_])_{1,3}(?!\w))",
    re.DOTALL,
)
_KINDS = {
    "bar": "tag",
    "escape": "kept",
    "code": "code",
    "auto": "url",
    "comment": "tag",
    "entity": "kept",
    "note": "tag",
}


def inline_spans(text: str, labels: Collection[str] = ()) -> tuple[Span, ...]:
    """Give what stays in a line or paragraph, in order; `labels` (normalized, see `label`) are the known references.

    A link by its own text (`[text]`, `[text][]`) gets its reference written out, for the text is translated.
    """
    return tuple(sorted(_spans(text, labels), key=lambda span: span.start))


def label(text: str) -> str:
    """Bring a reference's name to the form in which names are compared."""
    return " ".join(text.split()).casefold()


def _spans(text: str, labels: Collection[str]) -> Iterator[Span]:
    brackets: list[re.Match[str]] = []
    marks: list[str] = []
    at = 0
    while match := _INLINE.search(text, at):
        group = match.lastgroup or ""
        at = match.end()
        if group == "opens":
            brackets.append(match)
        elif group == "closes" and not brackets:
            at = match.start() + 1  # a sign like others; what follows it is no address
        elif group == "closes":
            yield from _link(text, brackets.pop(), match, labels)
        elif group == "marks":
            yield from _emphasis(text, match, marks)
        elif group != "run":
            yield _span(match, _KINDS.get(group) or _tag(match.group()))


def _span(match: re.Match[str], kind: str) -> Span:
    return Span(match.start(), match.end(), kind, match.group())


def _tag(tag: str) -> str:
    return "close" if tag.startswith("</") else "tag" if tag.endswith("/>") else "open"


def _link(text: str, opening: re.Match[str], closing: re.Match[str], labels: Collection[str]) -> Iterator[Span]:
    """Give a link's two sides; of brackets that are none, nothing."""
    named, own = closing["label"], text[opening.end() : closing.start()]
    written = closing.group()
    if closing.group() == "]" or named == "":
        if label(own) not in labels:
            return
        written = f"][{own}]"
    elif named is not None and label(named) not in labels:
        return
    yield _span(opening, "open")
    yield Span(closing.start(), closing.end(), "close", written)


def _emphasis(text: str, match: re.Match[str], open_marks: list[str]) -> Iterator[Span]:
    """Tell by its neighbours, as CommonMark does, whether a mark opens or closes; one between blanks is no mark."""
    before, after = (
        text[match.start() - 1 : match.start()] if match.start() else "",
        text[match.end() : match.end() + 1],
    )
    can_open, can_close = bool(after.strip()), bool(before.strip())
    if can_open and can_close:
        mark = match.group()
        can_close = mark in open_marks
        can_open = not can_close
    if can_close and match.group() in open_marks:
        open_marks.remove(match.group())
    elif can_open:
        open_marks.append(match.group())
    if can_open or can_close:
        yield _span(match, "close" if can_close else "open")
