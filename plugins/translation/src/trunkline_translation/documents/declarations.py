"""What a file says of itself and a translation changes: its character set, which is UTF-8, and its language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from trunkline_translation.documents.html_tokens import Token, attributes, tokens
from trunkline_translation.languages import primary

Place = tuple[int, int]
"""Code points [start, end) of a text."""

_UTF8 = re.compile(r"utf-?8", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s\\\"';]+)", re.IGNORECASE)
_XML = re.compile(r"\ufeff?<\?xml\s[^>]*?encoding\s*=\s*[\"']([\w.:-]+)")
_PO_HEADER = re.compile(r'^msgid[ \t]*""[ \t]*(?:\r\n|[\n\r])(?=msgstr)', re.MULTILINE)
_BLANK_LINE = re.compile(r"(?>\r\n|[\n\r])[ \t]*(?=[\r\n])")
_VTT_LANGUAGE = re.compile(r"^Language:[ \t]*([A-Za-z0-9-]+)[ \t]*$", re.MULTILINE | re.IGNORECASE)


def said_in_utf8(form: str, text: str) -> str:
    """Have a text that was read from UTF-8 declare it, where it declares another character set."""
    places = _CHARSETS[form](text) if form in _CHARSETS else ()
    return _replaced(text, [place for place in places if not _UTF8.fullmatch(text, *place)], "UTF-8")


def said_in_language(form: str, text: str, source: str, target: str) -> str:
    """Have a translated text declare the target's language, where it declares the source's; empty is not known."""
    places = _LANGUAGES[form](text) if form in _LANGUAGES and source and target else ()
    return _replaced(text, [place for place in places if primary(text[slice(*place)]) == primary(source)], target)


def _replaced(text: str, places: list[Place], new: str) -> str:
    for start, end in sorted(places, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _head(page: str) -> Iterator[Token]:
    """Give the tags before the page's body."""
    for token in tokens(page):
        if token.name == "body":
            return
        if token.kind == "open":
            yield token


def _html_charsets(page: str) -> Iterator[Place]:
    if found := _XML.match(page):
        yield found.span(1)
    for token in _head(page):
        if token.name == "meta":
            given = attributes(page, token)
            if "charset" in given:
                yield given["charset"]
            elif "http-equiv" in given and "content" in given:
                yield from (match.span(1) for match in _CHARSET.finditer(page, *given["content"]))


def _html_languages(page: str) -> Iterator[Place]:
    for token in _head(page):
        if token.name == "html":
            given = attributes(page, token)
            yield from (given[name] for name in ("lang", "xml:lang") if name in given)


def _po_charsets(text: str) -> Iterator[Place]:
    if header := _PO_HEADER.search(text):
        yield from (match.span(1) for match in _CHARSET.finditer(text, header.end(), _block_end(text, header.end())))


def _vtt_languages(text: str) -> Iterator[Place]:
    # "$" stands before a line feed alone, so line ends are made one code point of it without moving a place
    block = text[: _block_end(text, 0)].replace("\r", "\n")
    yield from (match.span(1) for match in _VTT_LANGUAGE.finditer(block))


def _block_end(text: str, start: int) -> int:
    """Give where the lines from `start` on are followed by an empty one."""
    found = _BLANK_LINE.search(text, start)
    return found.start() if found else len(text)


Find = Callable[[str], Iterator[Place]]
_CHARSETS: Mapping[str, Find] = {"html": _html_charsets, "po": _po_charsets}
_LANGUAGES: Mapping[str, Find] = {"html": _html_languages, "vtt": _vtt_languages}
