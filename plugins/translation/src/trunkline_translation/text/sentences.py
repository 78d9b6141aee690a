"""Where sentences begin, by sentencex, which knows abbreviations and marks of some 300 languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate

import sentencex

from trunkline_translation.text.languages import base

_SURROGATES = re.compile("[\ud800-\udfff]")  # Rust knows none
_GOES_ON = re.compile("[」』](?:と|って)")  # Japanese: what was said, and that it was said
_MOST = 4_000
"""Code points given to sentencex at once: its time grows with the square of the quotation marks (2 s for 80,000)."""


def beginnings(line: str, language: str) -> Iterator[int]:
    """Give where each sentence of `line` but the first begins, in code points, in order.

    A sentence's trailing blanks belong to it. A line that is longer than sentencex is given at once goes on at the last
    beginning found.
    """
    clean, code = _SURROGATES.sub("\ufffd", line), base(language)
    start = 0
    while start < len(clean):
        found = _within(clean[start : start + _MOST], code)
        if start + _MOST >= len(clean):
            yield from (start + place for place in found)
            return
        yield from (start + place for place in found)
        start += found[-1] if found else _MOST


def _within(block: str, code: str) -> list[int]:
    places = list(accumulate(len(sentence) for sentence in sentencex.segment(code, block)))
    return [place for place in places[:-1] if not _GOES_ON.match(block, place - 1)]
