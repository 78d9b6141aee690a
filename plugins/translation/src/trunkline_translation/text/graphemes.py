"""Where a text may be cut without tearing what a reader sees as one sign: the rules of UAX 29 that matter here.

Stricter than the standard in places (never looser), for a cut that comes a sign later does no harm.
"""

from __future__ import annotations

import unicodedata

_JOINERS = ("\u200d", "\u200c")
_PREPENDED = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e"
    "\U000110bd\U000110cd\U000111c2\U000111c3\U000113d1\U0001193f\U00011941\U00011a3a\U00011d46\U00011f02"
) | {chr(code) for code in range(0x11A84, 0x11A8A)}
_FAR = 64  # code points that are looked at for a place: a longer sign is torn


def is_boundary(text: str, place: int) -> bool:
    """Tell whether `text` may be cut before the code point at `place`; both ends are boundaries."""
    if not 0 < place < len(text):
        return True
    before, after = text[place - 1], text[place]
    if (before, after) == ("\r", "\n") or before in _JOINERS or _continues(after):
        return False
    if _is_flag_half(before) and _is_flag_half(after):
        return _flag_halves(text, place) % 2 == 0
    return not (_is_jamo(before) and _is_jamo(after)) and not _announces(before)


def boundary_near(text: str, place: int, low: int, high: int) -> int:
    """Give the boundary in [low, high) that is nearest to `place`; `place` itself where none is near."""
    for distance in range(_FAR):
        for candidate in (place - distance, place + distance):
            if low <= candidate < high and is_boundary(text, candidate):
                return candidate
    return place


def _continues(sign: str) -> bool:
    """Marks, variation selectors, skin tones, tags, joiners, half-width voice marks: they belong to what is before."""
    return (
        unicodedata.category(sign).startswith("M")
        or sign in _JOINERS
        or "\U0001f3fb" <= sign <= "\U0001f3ff"
        or "\U000e0020" <= sign <= "\U000e007f"
        or sign in "\uff9e\uff9f\u0e33\u0eb3"
    )


def _announces(sign: str) -> bool:
    """Viramas, which bind two consonants into one sign, and the few signs that enclose what is after them."""
    return unicodedata.combining(sign) == 9 or sign in _PREPENDED


def _is_flag_half(sign: str) -> bool:
    return "\U0001f1e6" <= sign <= "\U0001f1ff"


def _flag_halves(text: str, place: int) -> int:
    """Count regional indicators in a row before `place`: flags are pairs of them."""
    start = place
    while start > 0 and place - start < _FAR and _is_flag_half(text[start - 1]):
        start -= 1
    return place - start


def _is_jamo(sign: str) -> bool:
    return "\u1100" <= sign <= "\u11ff" or "\ua960" <= sign <= "\ua97f" or "\uac00" <= sign <= "\ud7ff"
