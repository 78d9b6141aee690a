"""HTML cut into tags, comments and text, each with its place; a tokenizer that no page makes slow.

Follows the tokenization of the HTML standard as far as places are concerned; the rest of a page after a tag, comment
or script that is never closed is left alone, as browsers do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_TAG = re.compile(
    r"<(?P<close>/)?(?P<name>[A-Za-z][^\s/>]*+)(?P<attributes>(?:[^>\"'=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+|[\"'])*+)>"
)
_TAG_BEGINS = re.compile(r"</?[A-Za-z]")
_ATTRIBUTE = re.compile(
    r"(?P<name>[^\s\"'>/=]++)(?:\s*+=\s*+(?:\"(?P<double>[^\"]*+)\"|'(?P<single>[^']*+)'|(?P<bare>[^\s\"'=<>`]++)))?"
)
_COMMENT = re.compile(r"<!--(?:-?>|.*?--!?>)", re.DOTALL)
_RAW = frozenset({"script", "style", "textarea", "xmp", "iframe", "noembed", "noframes", "plaintext"})


@dataclass(frozen=True, slots=True)
class Token:
    """Code points [start, end) of a page. `raw` is a whole element whose inside is no mark-up, or the page's rest."""

    kind: Literal["text", "open", "close", "other", "raw"]
    start: int
    end: int
    name: str = ""
    attributes: tuple[int, int] = (0, 0)


def tokens(page: str) -> Iterator[Token]:
    """Give all of the page in order, nothing left out."""
    at = begin = int(page.startswith("\ufeff"))
    if at:  # a byte order mark is no text
        yield Token("other", 0, at)
    while (at := page.find("<", at)) >= 0:
        token = _mark_up(page, at)
        if token is None:
            at += 1
            continue
        if begin < at:
            yield Token("text", begin, at)
        yield token
        at = begin = token.end
    if begin < len(page):
        yield Token("text", begin, len(page))


def attributes(page: str, token: Token) -> dict[str, tuple[int, int]]:
    """Give where the values of a tag's attributes stand, without their quotes; of a name that is twice, the first."""
    found: dict[str, tuple[int, int]] = {}
    for match in _ATTRIBUTE.finditer(page, *token.attributes):
        if match.lastgroup and match.lastgroup != "name":
            found.setdefault(match["name"].lower(), match.span(match.lastgroup))
    return found


def _mark_up(page: str, at: int) -> Token | None:
    """Read what begins at a `<`; None where it is a sign like others."""
    if page.startswith("<%", at):  # of a template
        end = page.find("%>", at, at + 2_000)  # bounded, or many that are never closed take long
        return Token("other", at, end + 2) if end >= 0 else None
    if not _TAG_BEGINS.match(page, at):
        return _other(page, at) if page[at + 1 : at + 2] in ("!", "?", "/") else None
    found = _TAG.match(page, at)
    if found is None:
        return Token("raw", at, len(page))
    name = found["name"].lower()
    if found["close"]:
        return Token("close", at, found.end(), name)
    if name in _RAW:
        return Token("raw", at, _end_of(page, found.end(), name), name, found.span("attributes"))
    return Token("open", at, found.end(), name, found.span("attributes"))


def _other(page: str, at: int) -> Token:
    if page.startswith("<!--", at):
        found = _COMMENT.match(page, at)
        return Token("other", at, found.end()) if found else Token("raw", at, len(page))
    end = page.find(">", at)
    return Token("other", at, end + 1) if end >= 0 else Token("raw", at, len(page))


def _end_of(page: str, at: int, name: str) -> int:
    found = re.compile(rf"</{re.escape(name)}(?=[\s/>])", re.IGNORECASE).search(page, at)
    end = page.find(">", found.end()) if found else -1
    return end + 1 if end >= 0 else len(page)
