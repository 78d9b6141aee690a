"""ICU's choices within a message: `{count, plural, one {an order} other {# orders}}`, kept whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

_BRACE = re.compile(r"'[{}][^']{0,200}'|(?P<opens>\{)|(?P<closes>\})")
_CHOICE = re.compile(r"\{\s{0,20}[\w.-]{1,100}\s{0,20},\s{0,20}(?:plural|select|selectordinal|choice)\s{0,20},")
_FORMATTED = re.compile(
    r"\{\s{0,20}[\w.-]{1,100}\s{0,20},\s{0,20}(?:number|date|time|spellout|ordinal|duration)\s{0,20}[,}]"
)


def find(text: str) -> Iterator[tuple[int, int]]:
    """Give code points [start, end) of every argument whose braces are balanced, those within others too.

    Quoted braces (`'{'`) are none. Takes time in proportion to the text.
    """
    return _balanced(text, _CHOICE, _FORMATTED)


def has_choice(text: str) -> bool:
    """Tell whether a message says something else by number, gender or the like."""
    return next(_balanced(text, _CHOICE), None) is not None


def _balanced(text: str, *heads: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    opened: list[int] = []
    for match in _BRACE.finditer(text):
        if match["opens"]:
            opened.append(match.start())
        elif match["closes"] and opened:
            start = opened.pop()
            if any(head.match(text, start) for head in heads):
                yield start, match.end()
