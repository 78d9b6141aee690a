"""Scripts as far as cutting and finding need to know them: character classes for the inside of a `[...]` of `re`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

CJK = "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
"""Chinese characters and Japanese kana; half-width kana once NFKC has made them full."""
SOUTH_EAST_ASIAN = "\u0e01-\u0e3e\u0e40-\u0e4e\u0e80-\u0eff\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u17d7\u17db-\u17dd"
"""Thai, Lao, Burmese and Khmer letters with their marks."""
UNSPACED = CJK + SOUTH_EAST_ASIAN
"""Scripts that put no space between words."""
HANGUL = "\uac00-\ud7a3"
"""Korean has spaces, but particles stick to the words."""

_MARKED = ((0x0483, 0x2000), (0x2CEF, 0x2E00), (0x3099, 0x309B), (0xA66F, 0xAC00), (0xFB1E, 0xFB1F), (0x10A01, 0x11F00))
"""Where the marks that belong to words of living scripts are (half open)."""


def _letter_marks() -> Iterable[str]:
    """Write the runs of Unicode's combining marks in those ranges, as parts of a character class."""
    for first, after in _MARKED:
        start = None
        for code in range(first, after + 1):
            inside = code < after and unicodedata.category(chr(code)).startswith("M")
            if inside and start is None:
                start = code
            elif not inside and start is not None:
                yield f"{chr(start)}-{chr(code - 1)}"
                start = None


LETTER_MARKS = "".join(_letter_marks())
"""Vowel signs and the like, which `re` counts to no word, though Hindi's or Arabic's words are full of them."""
