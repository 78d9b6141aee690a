"""Scripts as far as cutting and joining need to know them: character classes for the inside of a `[...]` of `re`."""

from __future__ import annotations

import re

CJK = "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af"
"""Chinese characters and Japanese kana: no space between words, none between sentences."""
SOUTH_EAST_ASIAN = "\u0e01-\u0e3e\u0e40-\u0e4e\u0e80-\u0eff\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u17d7\u17db-\u17dd"
"""Thai, Lao, Burmese and Khmer: no space between words, but one between sentences."""
HANGUL = "\uac00-\ud7a3"
"""Korean has spaces, but particles stick to the words."""
WIDE_MARKS = "\u3001-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
"""Punctuation of Chinese and Japanese, which has its space in itself."""

_WORDS = re.compile(r"[^\W\d_]")
_UNSPACED = re.compile(f"[{CJK}{SOUTH_EAST_ASIAN}]")
_WIDE = re.compile(f"[{CJK}{WIDE_MARKS}]")


def has_words(text: str) -> bool:
    """Tell whether there is any letter: what has none is numbers, punctuation, symbols, and is not translated."""
    return _WORDS.search(text) is not None


def is_unspaced(letter: str) -> bool:
    """Tell whether `letter` (one code point) is of a script that puts no space between words."""
    return _UNSPACED.match(letter) is not None


def is_wide(letter: str) -> bool:
    """Tell whether `letter` (one code point) is Chinese or Japanese, punctuation included."""
    return _WIDE.match(letter) is not None
