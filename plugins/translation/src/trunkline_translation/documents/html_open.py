"""Which elements of a page are open at each of its tags, those too whose end tag HTML lets authors leave out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from trunkline_translation.documents.html_tokens import Token

VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
})  # fmt: skip
_PARTS = frozenset({"tbody", "thead", "tfoot"})
_ENDED_BY: Mapping[str, frozenset[str]] = {
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "option": frozenset({"option", "optgroup"}),
    "optgroup": frozenset({"optgroup"}),
    "rt": frozenset({"rt", "rp"}),
    "rp": frozenset({"rt", "rp"}),
    "td": frozenset({"td", "th", "tr", *_PARTS}),
    "th": frozenset({"td", "th", "tr", *_PARTS}),
    "tr": frozenset({"tr", *_PARTS}),
    **dict.fromkeys(_PARTS, _PARTS),
    "head": frozenset({"body"}),
    "p": frozenset({
        "address", "article", "aside", "blockquote", "details", "dialog", "div", "dl", "fieldset", "figcaption",
        "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "main", "menu", "nav",
        "ol", "p", "pre", "section", "table", "ul",
    }),
}  # fmt: skip
"""Elements by the tags that end them when they begin: https://html.spec.whatwg.org/multipage/syntax.html#optional-tags
"""
_STOPS = frozenset({"table", "td", "th", "caption", "ul", "ol", "menu", "dl", "select", "button", "object", "template"})
"""What begins within one of these ends nothing outside."""
_LOOKED_AT = 100
"""So many open elements around a tag may end by it; a page with more is no page, and must not take for ever."""


class OpenElements:
    """The open elements, outermost first."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._counts: Counter[str] = Counter()

    def depth(self, token: Token) -> int:
        """Go on to the next token, and tell how many elements it is within; a closing tag is not within its own."""
        if token.kind == "close" and self._counts[token.name]:
            while self._pop() != token.name:
                pass
        elif token.kind == "open":
            self._end_by(token.name)
        depth = len(self._names)
        if token.kind == "open" and token.name not in VOID:
            self._names.append(token.name)
            self._counts[token.name] += 1
        return depth

    def _end_by(self, name: str) -> None:
        """Close what ends where an element begins."""
        left = len(self._names)
        for place in range(left - 1, max(-1, left - 1 - _LOOKED_AT), -1):
            if name in _ENDED_BY.get(self._names[place], ()):
                left = place
            elif self._names[place] in _STOPS:
                break
        while len(self._names) > left:
            self._pop()

    def _pop(self) -> str:
        name = self._names.pop()
        self._counts[name] -= 1
        return name
